#include "protocol/origin_policy.h"

#include <algorithm>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::string_view kOpaque = "null";

// Labels between dots, as browsers write the host of an origin: "a.b-c". Nothing that ends a host.
bool AreLabels(std::string_view text) {
  if (text.empty()) return false;
  while (true) {
    const std::size_t dot = text.find('.');
    const std::string_view label = text.substr(0, dot);
    const bool sound = !label.empty() && std::all_of(label.begin(), label.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || IsDigit(c) || c == '-' || c == '_';
    });
    if (!sound) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

// ":3000", or nothing, which is the scheme's own port.
bool IsPortOrNone(std::string_view text) {
  constexpr std::size_t kMostDigits = 5;
  if (text.empty()) return true;
  const std::string_view digits = text.substr(1);
  return text.front() == ':' && !digits.empty() && digits.size() <= kMostDigits &&
         digits.front() != '0' && std::all_of(digits.begin(), digits.end(), IsDigit);
}

}  // namespace

OriginPolicy::OriginPolicy(const std::vector<std::string>& allowed) {
  for (const std::string& entry : allowed) {
    if (entry == "*") {
      any_ = true;
      continue;
    }
    const std::size_t star = entry.find('*');
    if (star == std::string::npos) {
      exact_.push_back(entry);
    } else if (star + 1 == entry.size()) {
      patterns_.push_back({.before = entry.substr(0, star - 1), .after = {}, .any_port = true});
    } else {
      patterns_.push_back(
          {.before = entry.substr(0, star), .after = entry.substr(star + 1), .any_port = false});
    }
  }
}

bool OriginPolicy::Matches(const Pattern& pattern, std::string_view origin) {
  if (!origin.starts_with(pattern.before)) return false;
  std::string_view rest = origin.substr(pattern.before.size());
  if (pattern.any_port) return IsPortOrNone(rest);
  if (!rest.ends_with(pattern.after)) return false;
  rest.remove_suffix(pattern.after.size());
  return AreLabels(rest);
}

bool OriginPolicy::Names(std::string_view origin) const {
  return std::find(exact_.begin(), exact_.end(), origin) != exact_.end() ||
         std::any_of(patterns_.begin(), patterns_.end(),
                     [origin](const Pattern& pattern) { return Matches(pattern, origin); });
}

CorsAnswer OriginPolicy::For(std::string_view origin) const {
  const bool vary = !exact_.empty() || !patterns_.empty();
  if (!origin.empty() && Names(origin)) {
    return {.allow_origin = origin, .credentials = origin != kOpaque, .vary = true};
  }
  if (any_) return {.allow_origin = "*", .credentials = false, .vary = vary};
  return {.allow_origin = {}, .credentials = false, .vary = vary};
}

}  // namespace ringcast
