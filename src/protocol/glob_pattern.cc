#include "protocol/glob_pattern.h"

#include <utility>

namespace ringcast {
namespace {

std::size_t IndexOf(char byte) { return static_cast<unsigned char>(byte); }

// Reads a set behind its '['; leaves `at` behind its ']', or at the end, where Redis takes a set
// that is not closed as closed.
std::bitset<256> ReadSet(std::string_view text, std::size_t& at) {
  std::bitset<256> set;
  const bool inverted = at < text.size() && text[at] == '^';
  if (inverted) ++at;
  while (at < text.size() && text[at] != ']') {
    if (text[at] == '\\' && at + 1 < text.size()) {
      set.set(IndexOf(text[at + 1]));
      at += 2;
    } else if (at + 2 < text.size() && text[at + 1] == '-') {
      std::size_t from = IndexOf(text[at]);
      std::size_t to = IndexOf(text[at + 2]);
      if (from > to) std::swap(from, to);
      for (std::size_t byte = from; byte <= to; ++byte) set.set(byte);
      at += 3;
    } else {
      set.set(IndexOf(text[at++]));
    }
  }
  if (at < text.size()) ++at;
  return inverted ? ~set : set;
}

}  // namespace

GlobPattern::GlobPattern(std::string_view text) : text_(text) {
  for (std::size_t at = 0; at < text.size();) {
    Token token;
    const char byte = text[at++];
    if (byte == '*') {
      is_literal_ = false;
      token.star = true;
      ++stars_;
    } else if (byte == '?') {
      is_literal_ = false;
      token.bytes.set();
    } else if (byte == '[') {
      is_literal_ = false;
      token.bytes = ReadSet(text, at);
    } else {
      const char plain = byte == '\\' && at < text.size() ? text[at++] : byte;
      token.bytes.set(IndexOf(plain));
      literal_ += plain;
    }
    tokens_.push_back(token);
  }
}

std::optional<std::vector<std::string_view>> GlobPattern::Match(std::string_view text) const {
  std::vector<std::string_view> stood_for;
  stood_for.reserve(stars_);
  std::size_t token = 0;
  std::size_t at = 0;
  std::size_t behind_star = 0;  // the token behind the last star; 0: there was none
  std::size_t star_from = 0;
  std::size_t star_to = 0;
  while (at < text.size()) {
    if (token < tokens_.size() && tokens_[token].star) {
      behind_star = ++token;
      star_from = star_to = at;
      stood_for.push_back(text.substr(at, 0));
    } else if (token < tokens_.size() && tokens_[token].bytes.test(IndexOf(text[at]))) {
      ++token;
      ++at;
    } else if (behind_star > 0) {
      at = ++star_to;
      stood_for.back() = text.substr(star_from, star_to - star_from);
      token = behind_star;
    } else {
      return std::nullopt;
    }
  }
  for (; token < tokens_.size() && tokens_[token].star; ++token) {
    stood_for.push_back(text.substr(text.size()));
  }
  if (token < tokens_.size()) return std::nullopt;
  return stood_for;
}

std::string EscapeGlob(std::string_view text) {
  std::string pattern;
  for (const char byte : text) {
    if (byte == '*' || byte == '?' || byte == '[' || byte == '\\') pattern += '\\';
    pattern += byte;
  }
  return pattern;
}

}  // namespace ringcast
