// What of the options the threads of a server run with, at start as after a reload: the way from
// what an operator writes to what shards and sequencer read.
//
// Threads: any; the names of publishers are looked up in the system's databases.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "config/options.h"
#include "doctor/finding.h"
#include "hub/address_limits.h"
#include "protocol/route_table.h"
#include "sequencer/sequencer_options.h"
#include "shard/shard_options.h"

namespace ringcast {

AddressLimits::Options AddressLimitsOf(const ServeOptions& options);

std::shared_ptr<const RouteTable> RouteTableOf(const ServeOptions& options);

// `capacity`: of this shard; `max_connections`: of all together.
ShardSettings ShardSettingsOf(const ServeOptions& options, std::uint32_t capacity,
                              std::uint64_t max_connections);

// Or every mistake: each name that this machine does not know.
std::variant<SequencerSettings, std::vector<Finding>> SequencerSettingsOf(
    const ServeOptions& options);

// TCP_USER_TIMEOUT of subscribers' connections.
Millis UserTimeoutOf(const ServeOptions& options);

}  // namespace ringcast
