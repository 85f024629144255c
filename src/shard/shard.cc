#include "shard/shard.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <span>
#include <utility>

#include "base/log_sink.h"
#include "base/prefetch.h"
#include "demo/demo_request.h"
#include "gate/question.h"
#include "hub/budget.h"
#include "protocol/log_escape.h"
#include "protocol/sse_encoder.h"
#include "uring/process.h"

// clang-format off: one order for reading
#include "shard/accept.inl"
#include "shard/admission.inl"
#include "shard/catch_up.inl"
#include "shard/delivery.inl"
#include "shard/demo.inl"
#include "shard/lane.inl"
#include "shard/loop.inl"
#include "shard/proxies.inl"
#include "shard/requests.inl"
#include "shard/settings.inl"
#include "shard/standing.inl"
#include "shard/streams.inl"
#include "shard/timers.inl"
#include "shard/token_access.inl"
#include "shard/url_access.inl"
// clang-format on

namespace ringcast {

template class Shard<Ring>;

}  // namespace ringcast
