#include "redis/source_stats.h"

namespace ringcast {

std::string_view Name(RedisEventKind kind) {
  switch (kind) {
    case RedisEventKind::kPubsub:
      return "pubsub";
    case RedisEventKind::kStream:
      return "stream";
    case RedisEventKind::kGap:
      return "gap";
  }
  return "pubsub";
}

std::string_view Name(RedisRefusal refusal) {
  switch (refusal) {
    case RedisRefusal::kChannel:
      return "channel";
    case RedisRefusal::kType:
      return "type";
    case RedisRefusal::kData:
      return "data";
    case RedisRefusal::kJson:
      return "json";
    case RedisRefusal::kTooLarge:
      return "too-large";
    case RedisRefusal::kServer:
      return "server";
  }
  return "server";
}

}  // namespace ringcast
