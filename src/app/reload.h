// What SIGHUP does: reads the configuration again and puts into force what can change while the
// server runs, in all threads, with no connection lost. What needs a restart is said by name and
// stays as it was. A configuration with a mistake changes nothing.
//
// Threads: the main thread.
#pragma once

#include <functional>

#include "app/server.h"

namespace ringcast {

// Returns when every thread runs with the new options, or none does; the log says which, and the
// server's ReloadStats count it. While it waits for threads it calls `meanwhile` again and again.
// REQUIRES: started, not draining.
void Reload(Server& server, const std::function<void()>& meanwhile);

}  // namespace ringcast
