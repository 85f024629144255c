// The limits that turn something away, each named by the option that raises it. The name is also
// the label in the metrics and the key in the statistics, with '_' for '-'.
//
// Threads: constants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast {

enum class Limit : std::uint8_t {
  kConnections,            // connections at a time
  kConnectionsPerIp,       // of them, of one address
  kConnectionRatePerIp,    // connections a second of one address
  kChannelsPerStream,      // channels of one stream
  kSubscribersPerChannel,  // subscribers of one channel, over all shards
  kAuthConcurrency,        // questions to the application at a time
  kPublishers,             // publishers at a time
  kEventSize,              // bytes of an event's data
  kBatchSize,              // bytes of an NDJSON request
  kBatchEvents,            // lines of an NDJSON request
  kChannels,               // channels that were created
};
inline constexpr std::size_t kLimits = static_cast<std::size_t>(Limit::kChannels) + 1;

// The option, without dashes in front: "max-connections".
std::string_view OptionOf(Limit limit);

// "max_connections".
std::string Name(Limit limit);

}  // namespace ringcast
