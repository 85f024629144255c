// What the admin listener may see of a running daemon.
//
// Threads: made once, before the admin thread starts; what it points to is either constant or
// written by its own thread for others to read (see each type).
#pragma once

#include <atomic>
#include <vector>

#include "admin/reload_stats.h"
#include "base/counter.h"
#include "base/time.h"
#include "config/options_in_force.h"
#include "gate/gate.h"
#include "redis/sources.h"
#include "sequencer/sequencer_options.h"
#include "sequencer/shard_port.h"
#include "shard/shard_options.h"
#include "uring/ring.h"

namespace ringcast {

struct ServerView {
  const OptionsInForce* options = nullptr;
  const ReloadStats* reloads = nullptr;
  std::vector<const ShardPublic*> shards;
  std::vector<const ShardLanes*> lanes;  // of each shard; only their depth may be looked at
  const SequencerStats* sequencer = nullptr;
  ReportBox* reports = nullptr;
  const GateStats* gate = nullptr;
  RingHandle sequencer_ring;
  const Counter* log_lines_dropped = nullptr;
  MonoTime started;
  UnixMillis started_wall = 0;
  const RunControl* control = nullptr;
  const RedisSources* redis = nullptr;
  const std::atomic<bool>* ready = nullptr;
};

}  // namespace ringcast
