// What `ringcast pub` does: publishes its argument or the lines of an input, and prints the id of
// each event that the server took, one a line, in order. Why an event was refused goes to the error
// output.
//
// Threads: blocks the one that calls.
#pragma once

#include <optional>
#include <string>

namespace ringcast {

struct PubOptions {
  std::string publish_socket = {};  // path of the server's publish socket
  std::string channel = {};         // empty with ndjson
  std::string type = {};            // empty: the default type; unused with ndjson
  // The data of one event. "-" or nothing: each line of the input is an event, without its LF (a CR
  // before it stays, and becomes a line break of the event). An empty line is an event without
  // data.
  std::optional<std::string> data = {};
  // Names the event, so that it is published once however often it is sent; empty: it has no name.
  // Of lines each has its number behind it, "KEY-1". Unused with ndjson, where each line may have
  // its own.
  std::string idempotency_key = {};
  // Each line of the input is {"channel":..,"event":..,"key":..,"data":..}; blank lines are passed
  // over.
  bool ndjson = false;
  bool quiet = false;  // prints no ids

  int input = 0;  // descriptors, borrowed: standard input, output and error
  int output = 1;
  int errors = 2;

  // How long a server that is gone is looked for, in milliseconds.
  int connect_timeout_ms = 10'000;
};

// Returns the exit code: 0; 65 when an event was refused (the others are published all the same);
// 69 when the server cannot be reached or does not answer; 74 when reading or writing failed.
// Events are sent in large batches while the input has more at once, and waited for when it has
// not, so that a slow input is not held back.
int RunPub(const PubOptions& options);

}  // namespace ringcast
