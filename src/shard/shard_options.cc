#include "shard/shard_options.h"

namespace ringcast {

ShardLanes::~ShardLanes() {
  while (const ToSequencer* message = up.Front()) {
    if (message->kind == ToSequencer::Kind::kInterest) ChannelNameBlock::Free(message->name);
    up.Pop();
  }
}

std::string_view Name(CloseReason reason) {
  switch (reason) {
    case CloseReason::kClient:
      return "client";
    case CloseReason::kDone:
      return "done";
    case CloseReason::kBadRequest:
      return "bad_request";
    case CloseReason::kHeaderTimeout:
      return "header_timeout";
    case CloseReason::kIdle:
      return "idle";
    case CloseReason::kLifetime:
      return "lifetime";
    case CloseReason::kStalled:
      return "stalled";
    case CloseReason::kSlow:
      return "slow";
    case CloseReason::kStray:
      return "stray";
    case CloseReason::kChannelEnded:
      return "channel_ended";
    case CloseReason::kOverload:
      return "overload";
    case CloseReason::kDrain:
      return "drain";
    case CloseReason::kBadProxyHeader:
      return "bad_proxy_header";
    case CloseReason::kTokenExpired:
      return "token_expired";
  }
  return "unknown";
}

std::string_view Name(ReplayResult result) {
  switch (result) {
    case ReplayResult::kComplete:
      return "complete";
    case ReplayResult::kGap:
      return "gap";
    case ReplayResult::kUnknownId:
      return "unknown_id";
  }
  return "unknown";
}

}  // namespace ringcast
