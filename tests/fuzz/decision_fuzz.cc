// What the application answers, whatever it is: either a decision that can be carried out as it is,
// or a reason why it is none.
//
// Input: a byte for the status, a line with the content type, one with the challenge, one with the
// channels (a '-' in front: there is no such field), the body.
#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "gate/decision.h"
#include "protocol/channel_name.h"
#include "protocol/subscribe_target.h"

namespace ringcast {
namespace {

constexpr std::int64_t kNow = 1'795'294'320;

void CheckChannels(const std::vector<std::string>& channels) {
  RC_CHECK(!channels.empty() && channels.size() <= kMaxChannelsPerSubscribe, "a stream has some");
  RC_CHECK(std::set<std::string>(channels.begin(), channels.end()).size() == channels.size(),
           "a channel stands once");
  for (const std::string& name : channels) {
    RC_CHECK(IsValidChannelName(name), "what is followed is a channel's name");
  }
}

void Check(const ApplicationAnswer& answer) {
  const Result<Decision> decision = ReadDecision(answer, kNow);
  if (!decision) {
    RC_CHECK(!decision.error().message.empty(), "a refusal has a reason");
    return;
  }
  const bool success = answer.status >= 200 && answer.status <= 299;
  switch (decision->verdict) {
    case Decision::Verdict::kAllowed:
      RC_CHECK(success, "only a success allows");
      if (decision->channels) CheckChannels(*decision->channels);
      RC_CHECK(decision->expires == 0 || decision->expires > kNow,
               "what has expired allows nothing");
      return;
    case Decision::Verdict::kDenied:
      RC_CHECK(decision->status == 204 || decision->status == 401 || decision->status == 403 ||
                   decision->status == 404,
               "a denial is one of a few");
      for (const char c : decision->www_authenticate) {
        RC_CHECK(c == '\t' || (c >= ' ' && c <= '~'), "a challenge is one printable line");
      }
      return;
    case Decision::Verdict::kNone:
    case Decision::Verdict::kBusy:
      break;
  }
  RC_CHECK(false, "no decision has a reason");
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array<int, 8> kStatuses = {200, 204, 401, 403, 404, 410, 302, 500};
  ringcast::test::FuzzInput input(data, size);
  ringcast::ApplicationAnswer answer;
  answer.status = kStatuses[input.Byte() % kStatuses.size()];
  answer.content_type = input.Line();
  answer.www_authenticate = input.Line();
  const std::string_view channels = input.Line();
  answer.has_channels = !channels.starts_with('-');
  if (answer.has_channels) answer.channels = channels;
  answer.body = input.Rest();
  ringcast::Check(answer);
  return 0;
}
