// What the admin listener may see of a running daemon.
//
// Threads: made once, before the admin thread starts; what it points to is either constant or
// written by its own thread for others to read (see each type).
#pragma once

#include <atomic>
#include <vector>

#include "admin/reload_stats.h"
#include "base/time.h"
#include "config/options_in_force.h"
#include "sequencer/sequencer_options.h"
#include "sequencer/shard_port.h"
#include "shard/shard_options.h"
#include "uring/ring.h"

namespace ringcast {

struct ServerView {
  const OptionsInForce* options = nullptr;
  const ReloadStats* reloads = nullptr;
  std::vector<const ShardPublic*> shards;
  const SequencerStats* sequencer = nullptr;
  ReportBox* reports = nullptr;
  RingHandle sequencer_ring;
  MonoTime started;
  const std::atomic<bool>* ready = nullptr;
};

}  // namespace ringcast
