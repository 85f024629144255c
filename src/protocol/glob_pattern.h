// A glob pattern as Redis has it for KEYS, SCAN and PSUBSCRIBE: `*` stands for any bytes, `?` for
// one, `[abc]`, `[a-z]` and `[^a]` for one of a set, and a backslash takes its meaning from what
// follows. A match tells what each star stood for.
//
// Threads: a plain value; Match() is pure.
// Invariants: Match() takes time in the order of pattern times text, whatever both hold: when a
// later star has been reached, what the earlier ones stood for is settled (each as short as it can
// be).
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringcast {

class GlobPattern {
 public:
  explicit GlobPattern(std::string_view text);

  // What the stars stood for, in their order; nothing when the text does not match. The views point
  // into `text`.
  std::optional<std::vector<std::string_view>> Match(std::string_view text) const;
  bool Matches(std::string_view text) const { return Match(text).has_value(); }

  std::size_t stars() const { return stars_; }
  // Whether it stands for one text alone, which is literal().
  bool is_literal() const { return is_literal_; }
  const std::string& literal() const { return literal_; }
  const std::string& text() const { return text_; }

 private:
  struct Token {
    bool star = false;
    std::bitset<256> bytes;  // unless it is a star
  };

  std::string text_;
  std::string literal_;
  std::vector<Token> tokens_;
  std::size_t stars_ = 0;
  bool is_literal_ = true;
};

// The pattern that stands for `text` alone.
std::string EscapeGlob(std::string_view text);

}  // namespace ringcast
