// Which channel each event of a run with many channels goes to, and its number there: channels are
// drawn by Zipf's law, numbers count on each channel from 1.
//
// It holds 12 bytes a channel. The popular channels are scattered over the numbers, since
// neighbours are held by one thread of the generator.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "load/zipf.h"

namespace ringcast {

class ChannelTraffic {
 public:
  struct Event {
    std::uint32_t channel = 0;
    std::uint64_t seq = 0;
    std::uint64_t subscribers = 0;  // of the channel
  };

  // Subscriber i is on channel i modulo `channels`. REQUIRES: channels > 0, zipf >= 0.
  ChannelTraffic(std::uint32_t channels, double zipf, std::uint64_t connections);

  Event Next();
  // The number of the last event of a channel; 0: it had none.
  std::uint64_t last(std::uint32_t channel) const { return last_[channel]; }
  // Channels that had an event.
  std::uint32_t used() const { return used_; }

 private:
  Zipf ranks_;
  const std::uint64_t connections_;
  std::vector<std::uint32_t> last_;  // by channel
  std::uint32_t used_ = 0;
};

}  // namespace ringcast
