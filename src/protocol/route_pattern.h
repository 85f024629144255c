// The path of a route as an operator writes it: /api/session/{id}/events. A segment is either fixed
// or a variable in braces, which stands for one whole segment of a request's path.
//
// Which of two patterns is asked for, when a path matches both, follows one rule: the more specific
// one, that is the one whose every path the other one matches, too (/jobs/latest against
// /jobs/{id}). Two patterns that share a path, neither of them more specific, are a conflict
// (/jobs/{id}/log against /jobs/latest/{part}: whose is /jobs/latest/log?). So the order in which
// routes are written means nothing.
//
// Threads: plain values and pure functions.
// Invariants: at least one segment, none empty; the names of variables are unique.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ringcast {

class RoutePattern {
 public:
  struct Segment {
    bool variable = false;
    std::string text;  // the fixed text, not percent-encoded; or the variable's name
  };
  // How the paths that it matches relate to those of another one.
  enum class Relation : std::uint8_t {
    kApart,         // no path in common
    kMoreSpecific,  // the other one matches all of its paths, and more
    kLessSpecific,  // the reverse
    kSame,          // the same paths
    kConflict,      // some paths in common, and each has others
  };

  static constexpr std::size_t kMaxSegments = 32;

  // The error says what of the text is wrong and how to mend it; it does not repeat the text.
  static Result<RoutePattern> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<Segment>& segments() const { return segments_; }
  bool HasVariable(std::string_view name) const;

  Relation To(const RoutePattern& other) const;
  // The same to /first_segment and everything below it.
  Relation ToTree(std::string_view first_segment) const;

 private:
  std::string text_;
  std::vector<Segment> segments_;
};

// A name that may stand in braces: 1 to 64 bytes of A-Z a-z 0-9 _ that begin with no digit. The
// name of a claim of a token is one as well.
bool IsVariableName(std::string_view name);

}  // namespace ringcast
