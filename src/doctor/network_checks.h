// Settings of the network that bound how many connections come, and how fast.
//
// Threads: any; each reads files of the machine given.
#pragma once

#include "config/options.h"
#include "config/shard_plan.h"
#include "doctor/finding.h"
#include "doctor/machine.h"

namespace ringcast {

// net.core.somaxconn, which cuts the backlog that is asked for.
Finding CheckBacklog(const Machine& machine);
// net.ipv4.tcp_migrate_req: what becomes of connections that wait at a listener that closes.
Finding CheckMigration(const Machine& machine, const ServeOptions& options);
// The table of connection tracking, when the kernel has one.
Finding CheckConntrack(const Machine& machine, const ShardPlan& plan);
// net.ipv4.ip_local_port_range, which bounds what a proxy on this machine can open.
Finding CheckLocalPorts(const Machine& machine, const ServeOptions& options, const ShardPlan& plan);

}  // namespace ringcast
