// Whether a channel is there for those who ask for it, and why it is not any more. A channel that
// is not there may still have an entry in the tables, for those who are just being told so.
//
// Threads: constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcast {

enum class ChannelStanding : std::uint8_t {
  kLive,
  kEnded,    // it was ended: who asks for it need not come back
  kUnknown,  // it must be created first, and was not
};

// The label of ringcast_channels_ended_total.
enum class EndReason : std::uint8_t {
  kDeleted,  // by a publisher
  kUnused,   // created, and not used for its time
};
inline constexpr std::size_t kEndReasons = 2;

constexpr std::string_view Name(EndReason reason) {
  switch (reason) {
    case EndReason::kDeleted:
      return "deleted";
    case EndReason::kUnused:
      return "unused";
  }
  return "unknown";
}

}  // namespace ringcast
