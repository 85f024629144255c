#include "integration/sequence_check.h"

#include <algorithm>

#include "integration/daemon_test.h"
#include "integration/json.h"
#include "integration/number_flood.h"

namespace ringcast::test {

SequenceCheck::SequenceCheck(std::vector<std::string> channels)
    : channels_(std::move(channels)), gap_told_(channels_.size(), false) {
  for (std::size_t i = 0; i < channels_.size(); ++i) expected_.push_back(i);
}

void SequenceCheck::Fault(std::string text) {
  if (fault_.empty()) fault_ = std::move(text);
}

void SequenceCheck::Take(const SseEvent& event) {
  if (event.has_id) last_id_ = event.id;
  if (event.type == "message") return TakeNumber(event);
  if (event.type != "gap") return;
  const Json told = Json::Parse(event.data);
  const std::string channel = told["channel"].Text();
  const auto found = std::find(channels_.begin(), channels_.end(), channel);
  if (found == channels_.end()) return Fault("a gap of a strange channel: " + event.data);
  if (event.has_id) Fault("a gap with an id");
  gap_told_[static_cast<std::size_t>(found - channels_.begin())] = true;
  gap_reasons_.push_back(told["reason"].Text());
  gaps_.push_back({channel, told["from"].IsNull() ? "" : told["from"].Text(),
                   told["to"].IsNull() ? "" : told["to"].Text()});
}

void SequenceCheck::TakeNumber(const SseEvent& event) {
  const std::uint64_t number = NumberOf(event.data);
  const std::size_t channel = number % channels_.size();
  std::uint64_t& expected = expected_[channel];
  const std::string at = std::to_string(number) + " instead of " + std::to_string(expected);
  if (number < expected) return Fault("twice or out of order: " + at);
  if (number < next_) return Fault("out of the order of all channels: " + at);
  if (number > expected && !gap_told_[channel])
    return Fault("a hole of which nothing tells: " + at);
  for (; expected < number; expected += channels_.size()) missing_.push_back(expected);
  expected = number + channels_.size();
  gap_told_[channel] = false;
  next_ = number + 1;
  ++received_;
  ids_.emplace_back(number, event.id);
}

std::string SequenceCheck::Verify(const std::vector<std::string>& ids) const {
  if (!fault_.empty()) return fault_;
  for (const auto& [number, id] : ids_) {
    if (number >= ids.size()) return std::to_string(number) + " was never acknowledged";
    if (ids[number] != id) return std::to_string(number) + " came with the id " + id;
  }
  for (const std::uint64_t number : missing_) {
    const auto id = IdNumbers(ids[number]);
    const bool told = std::any_of(gaps_.begin(), gaps_.end(), [&](const Gap& gap) {
      return gap.channel == channels_[number % channels_.size()] &&
             (gap.from.empty() || IdNumbers(gap.from) < id) &&
             (gap.to.empty() || id <= IdNumbers(gap.to));
    });
    if (!told) return std::to_string(number) + " is missing and lies in no gap that was told";
  }
  return {};
}

}  // namespace ringcast::test
