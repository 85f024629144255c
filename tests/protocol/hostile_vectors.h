// Short ways to write down requests that were made to confuse, and what each must lead to. Each
// goes through the parser whole and in every split (row 62 of the table of hostile inputs).
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/request_parser.h"
#include "protocol/request_run.h"

namespace ringcast {

using Texts = std::vector<std::string>;

inline constexpr int kFine = 0;  // instead of an error status

inline void ExpectOutcome(int error, const std::string& wire, const RequestLimits& limits) {
  const Outcome outcome = RunAllSplits(wire, limits);
  EXPECT_EQ(outcome.error, error) << outcome.Describe() << "\n" << wire.substr(0, 300);
  EXPECT_EQ(outcome.status, error == kFine ? ParseStatus::kComplete : ParseStatus::kError)
      << outcome.Describe() << "\n"
      << wire.substr(0, 300);
}

inline void ExpectWire(int error, const Texts& wires) {
  for (const std::string& wire : wires) ExpectOutcome(error, wire, kStreamLimits);
}

// Request lines without their CRLF.
inline void ExpectLines(int error, const Texts& lines) {
  for (const std::string& line : lines) {
    ExpectOutcome(error, line + "\r\nHost: h\r\n\r\n", kStreamLimits);
  }
}

// Field lines, each with its CRLF, of a GET.
inline void ExpectFields(int error, const Texts& fields) {
  for (const std::string& field : fields) {
    ExpectOutcome(error, "GET / HTTP/1.1\r\nHost: h\r\n" + field + "\r\n", kStreamLimits);
  }
}

// What follows the request line and Host of a POST: fields, the empty line, a body.
inline void ExpectPost(int error, const Texts& rests, const std::string& version = "HTTP/1.1") {
  for (const std::string& rest : rests) {
    ExpectOutcome(error, "POST /p " + version + "\r\nHost: h\r\n" + rest, kPublishLimits);
  }
}

inline void ExpectChunks(int error, const Texts& bodies) {
  for (const std::string& body : bodies) {
    ExpectPost(error, {"Transfer-Encoding: chunked\r\n\r\n" + body});
  }
}

inline RequestHead HeadOf(const std::string& wire) {
  const Outcome outcome = RunAllSplits(wire);
  EXPECT_EQ(outcome.status, ParseStatus::kComplete) << outcome.Describe();
  return outcome.head;
}

}  // namespace ringcast
