#include "sequencer/report_walk.h"

#include <algorithm>

#include "hub/budget.h"

namespace ringcast {

bool ReportWalk::Step(const ChannelDirectory& directory) {
  if (next_ == 0) {
    candidates_.clear();
    // What is made room for later is left out, or channels might come faster than the walk goes.
    end_ = directory.slots();
  }
  const auto more = [](const Candidate& a, const Candidate& b) {
    return a.subscribers > b.subscribers;
  };
  const std::uint32_t until = std::min(end_, next_ + budget::kReportSlice);
  for (std::uint32_t slot = next_; slot < until; ++slot) {
    if (!directory.HasChannel(slot)) continue;
    const Candidate candidate{directory.SubscribersOf(slot), slot};
    // Most channels go no further, however many there are.
    if (candidates_.size() == kMostChannels) {
      if (!more(candidate, candidates_.front())) continue;
      std::pop_heap(candidates_.begin(), candidates_.end(), more);
      candidates_.pop_back();
    }
    candidates_.push_back(candidate);
    std::push_heap(candidates_.begin(), candidates_.end(), more);
  }
  next_ = until == end_ ? 0 : until;
  return next_ == 0;
}

std::vector<ChannelInfo> ReportWalk::Chosen(const ChannelDirectory& directory) const {
  std::vector<ChannelInfo> chosen;
  for (const Candidate& candidate : candidates_) {
    if (directory.HasChannel(candidate.slot)) chosen.push_back(directory.Describe(candidate.slot));
  }
  std::sort(chosen.begin(), chosen.end(), [](const ChannelInfo& a, const ChannelInfo& b) {
    return a.subscribers > b.subscribers;
  });
  return chosen;
}

}  // namespace ringcast
