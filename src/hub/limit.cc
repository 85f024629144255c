#include "hub/limit.h"

#include <algorithm>

namespace ringcast {

std::string_view OptionOf(Limit limit) {
  switch (limit) {
    case Limit::kConnections:
      return "max-connections";
    case Limit::kConnectionsPerIp:
      return "max-connections-per-ip";
    case Limit::kConnectionRatePerIp:
      return "connection-rate-per-ip";
    case Limit::kChannelsPerStream:
      return "max-channels-per-stream";
    case Limit::kSubscribersPerChannel:
      return "max-subscribers-per-channel";
    case Limit::kAuthConcurrency:
      return "auth-concurrency";
    case Limit::kPublishers:
      return "max-publishers";
    case Limit::kEventSize:
      return "max-event-size";
    case Limit::kBatchSize:
      return "max-batch-size";
    case Limit::kBatchEvents:
      return "max-batch-events";
    case Limit::kChannels:
      return "max-channels";
  }
  return "unknown";
}

std::string Name(Limit limit) {
  std::string name(OptionOf(limit));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace ringcast
