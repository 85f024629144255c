// One line of `POST /publish`: {"channel":"a","event":"t","key":"k","data":...}. The channel is
// required, the event type and the idempotency key are not, the data is required: a string is the
// data as it is, any other JSON value is written compact, with its numbers byte for byte as they
// came. Unknown keys, duplicate keys and
// anything after the object are refused, so that a misspelled key is not an event lost; so are
// numbers beyond a double (1e400), which no client could read.
//
// This reads the shape only: IsValidChannelName, IsValidIdempotencyKey and ValidateEvent judge the
// contents.
//
// Threads: a parser belongs to one thread.
// Invariants: after the first lines, parsing a valid line
// of a size seen before allocates nothing; nesting costs heap bytes, never stack.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace ringcast {

struct PublishLine {
  std::string channel;
  std::string type;  // empty when the line has no "event"
  bool has_key = false;
  std::string key;
  std::string data;
};

class PublishLineParser {
 public:
  PublishLineParser();
  ~PublishLineParser();
  PublishLineParser(const PublishLineParser&) = delete;
  PublishLineParser& operator=(const PublishLineParser&) = delete;

  // Reads one line, without its line end (a CR left at the end is white space to JSON). On failure
  // the error says what is wrong and at which column (bytes, from 1), and `out` is unspecified.
  Status Parse(std::string_view line, PublishLine& out);

 private:
  struct State;  // keeps the JSON library out of this header
  std::unique_ptr<State> state_;
};

}  // namespace ringcast
