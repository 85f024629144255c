// Whether a channel is there for those who ask for it. A channel that is not may still have an
// entry in the tables, for those who are just being told so.
//
// Threads: a constant.
#pragma once

#include <cstdint>

namespace ringcast {

enum class ChannelStanding : std::uint8_t {
  kLive,
  kEnded,    // it was ended: who asks for it need not come back
  kUnknown,  // it must be created first, and was not
};

}  // namespace ringcast
