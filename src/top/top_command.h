// What `ringcast top` does: follows the stream of figures of a daemon's admin listener and shows
// it, refreshed once a second.
//
// On a terminal: the whole screen, until q or ^C. Otherwise a plain line a second. With `once` one
// snapshot, whole; with `json` each snapshot as the daemon sends it, an object a line.
//
// Threads: blocks the one that calls, which must be the first, and reads the stream on a second.
#pragma once

#include <atomic>
#include <string>

namespace ringcast {

struct TopOptions {
  // ADDRESS:PORT, :PORT, unix:PATH or http://HOST:PORT.
  std::string address = "127.0.0.1:9180";
  bool once = false;
  bool json = false;
  // When it turns true: exit 0. May be null.
  const std::atomic<bool>* stop = nullptr;

  int input = 0;  // descriptors, borrowed
  int output = 1;
  int errors = 2;
};

// Returns the exit code: 0 after a stop, q or ^C; 64 for an address that is none; 69 when the
// listener refused the stream for good or, with `once`, could not be reached; 74 when writing
// failed.
int RunTop(const TopOptions& options);

}  // namespace ringcast
