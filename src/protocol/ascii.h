// The few character classes of HTTP and URLs, free of the locale.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringcast {

constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

constexpr bool IsAlpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

constexpr char ToLower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// The value of a hexadecimal digit, -1 for any other byte.
constexpr int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = ToLower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// tchar of RFC 9110 5.6.2.
constexpr bool IsTokenByte(char c) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return IsAlpha(c) || IsDigit(c) || kMarks.find(c) != std::string_view::npos;
}

constexpr bool IsToken(std::string_view text) {
  for (const char c : text) {
    if (!IsTokenByte(c)) return false;
  }
  return !text.empty();
}

// lower must be in lower case.
constexpr bool EqualsLower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (ToLower(text[i]) != lower[i]) return false;
  }
  return true;
}

// Without the optional whitespace (space and tab, RFC 9110 5.6.3) at both ends.
constexpr std::string_view TrimOws(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Cuts the part before the first separator off text and returns it; the separator is dropped.
constexpr std::string_view CutUntil(std::string_view& text, char separator) {
  const std::size_t end = text.find(separator);
  const std::string_view part = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  return part;
}

}  // namespace ringcast
