#include "load/bench_event.h"

#include <array>
#include <charconv>

#include "base/check.h"

namespace ringcast {
namespace {

template <class Number>
void AppendNumber(std::string& out, Number value) {
  std::array<char, 20> digits;  // of 2^64 - 1
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

}  // namespace

void WriteBenchEvent(std::string& out, std::uint64_t seq, std::int64_t t_ns,
                     std::size_t payload_bytes, std::uint32_t channel) {
  const bool has_channel = channel != kNoChannel;
  RC_CHECK(payload_bytes >= (has_channel ? kMinChannelPayloadBytes : kMinPayloadBytes),
           "the longest numbers fit");
  RC_CHECK(t_ns >= 0, "a time of the monotonic clock");
  out.clear();
  out += kBenchEventStart;
  AppendNumber(out, seq);
  out += kBenchEventMiddle;
  AppendNumber(out, t_ns);
  out += kBenchEventPad;
  if (has_channel) {
    AppendNumber(out, channel);
    out += kBenchChannelEnd;
  }
  out.append(payload_bytes - out.size() - kBenchEventEnd.size(), 'x');
  out += kBenchEventEnd;
}

}  // namespace ringcast
