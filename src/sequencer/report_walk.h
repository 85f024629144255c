// Chooses the channels that a report shows, those with the most subscribers, from a directory that
// may hold a million: a part of them in each tick, so that publishers wait for no more than a part.
//
// Threads: the sequencer's.
// Invariants: a walk ends after as many parts as the directory had room for when it began. A
// channel that comes or goes meanwhile is shown once or not at all; what is told of each, and their
// order, are as they are when the walk ends.
#pragma once

#include <cstdint>
#include <vector>

#include "hub/channel_directory.h"

namespace ringcast {

class ReportWalk {
 public:
  static constexpr std::size_t kMostChannels = 100;

  // Looks at the next part, budget::kReportSlice channels; the first part after a walk has ended
  // begins another. True when it was the last.
  bool Step(const ChannelDirectory& directory);
  bool under_way() const { return next_ > 0; }

  // What the walk that has just ended has chosen, the most subscribers first. Valid until the next
  // call of anything of the directory.
  std::vector<ChannelInfo> Chosen(const ChannelDirectory& directory) const;

 private:
  // By slot, not by name: a slot is looked at once, and a name may be gone in the next tick.
  struct Candidate {
    std::uint32_t subscribers = 0;
    std::uint32_t slot = 0;
  };

  std::uint32_t next_ = 0;  // slot; 0 between walks
  std::uint32_t end_ = 0;
  std::vector<Candidate> candidates_;  // a heap, the fewest subscribers in front
};

}  // namespace ringcast
