// What has become of the attempts to load the configuration, the first one at start included.
//
// Threads: written by the main thread, read by any.
#pragma once

#include "base/counter.h"

namespace ringcast {

struct ReloadStats {
  Counter ok;
  Counter refused;
  Counter last_was_ok;        // 1 or 0
  Counter last_ok_unix_time;  // in seconds
};

}  // namespace ringcast
