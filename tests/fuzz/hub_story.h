// All that was ever published in a run of the hub's fuzz target, as plainly as can be: the truth
// that readers, histories and gaps are held against.
//
// Threads: a plain value.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/event_order.h"

namespace ringcast::test {

struct StoryEvent {
  Sequence sequence = 0;
  std::string id;
  std::string type;
  std::string data;
  std::uint64_t frame_bytes = 0;
  std::uint32_t tick = 0;
};

class Story {
 public:
  void Add(const std::string& name, StoryEvent event) {
    channel_of_[event.id] = name;
    channels_[name].push_back(std::move(event));
  }

  const std::vector<StoryEvent>& Of(const std::string& name) const {
    static const std::vector<StoryEvent> kNone;
    const auto found = channels_.find(name);
    return found == channels_.end() ? kNone : found->second;
  }

  // The channel's first event after a place in the order; nullptr when there is none.
  const StoryEvent* NextAfter(const std::string& name, Sequence sequence) const {
    const auto& events = Of(name);
    const auto next =
        std::upper_bound(events.begin(), events.end(), sequence,
                         [](Sequence s, const StoryEvent& event) { return s < event.sequence; });
    return next == events.end() ? nullptr : &*next;
  }

  bool Has(const std::string& name, Sequence sequence) const {
    const StoryEvent* event = sequence == 0 ? nullptr : NextAfter(name, sequence - 1);
    return event != nullptr && event->sequence == sequence;
  }

  // Empty when no event has this id.
  std::string ChannelOf(const std::string& id) const {
    const auto found = channel_of_.find(id);
    return found == channel_of_.end() ? std::string() : found->second;
  }

 private:
  std::map<std::string, std::vector<StoryEvent>> channels_;
  std::map<std::string, std::string> channel_of_;
};

}  // namespace ringcast::test
