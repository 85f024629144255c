// Why a request of a publisher on another host is denied.
//
// Threads: constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcast {

enum class PublishDenial : std::uint8_t {
  kNoToken,
  kInvalidToken,  // by its signature, its time, or what else the verifier says to the log
  kNotAllowed,    // a good one that does not name the channel
};
inline constexpr std::size_t kPublishDenials = 3;

// "no_token", as in the metrics.
std::string_view Name(PublishDenial denial);

}  // namespace ringcast
