#include "access/bearer.h"

#include <utility>

#include "protocol/ascii.h"
#include "protocol/percent.h"

namespace ringcast {
namespace {

// token68 of RFC 9110 11.2.
bool IsToken68(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  for (const char c : text) {
    constexpr std::string_view kMarks = "-._~+/";
    if (!IsAlpha(c) && !IsDigit(c) && kMarks.find(c) == std::string_view::npos) return false;
  }
  return !text.empty();
}

// Takes the tokens of a request one after the other.
class Collector {
 public:
  void Add(BearerPlace place, std::string token) {
    if (found_.place == BearerPlace::kNone) {
      found_ = {place, std::move(token)};
    } else if (found_.token != token) {
      Fail();
    }
  }
  void Fail() { found_ = {BearerPlace::kAmbiguous, {}}; }
  bool failed() const { return found_.place == BearerPlace::kAmbiguous; }
  Bearer Take() { return std::move(found_); }

 private:
  Bearer found_;
};

// A field of another scheme is somebody else's, of a proxy in between for example.
void LookIntoHeader(std::string_view field, Collector& collector) {
  const std::string_view scheme = CutUntil(field, ' ');
  if (!EqualsLower(scheme, "bearer")) return;
  const std::string_view token = TrimOws(field);
  if (!IsToken68(token)) return collector.Fail();
  collector.Add(BearerPlace::kHeader, std::string(token));
}

void LookIntoCookies(std::string_view field, std::string_view name, Collector& collector) {
  while (!field.empty() && !collector.failed()) {
    std::string_view value = TrimOws(CutUntil(field, ';'));
    if (CutUntil(value, '=') != name || value.empty()) continue;
    collector.Add(BearerPlace::kCookie, std::string(value));
  }
}

void LookIntoQuery(std::string_view query, std::string_view name, Collector& collector) {
  while (!query.empty() && !collector.failed()) {
    std::string_view value = CutUntil(query, '&');
    const std::optional<std::string> key = PercentDecode(CutUntil(value, '='));
    if (!key || *key != name || value.empty()) continue;
    std::optional<std::string> token = PercentDecode(value);
    if (!token) return collector.Fail();
    collector.Add(BearerPlace::kQuery, std::move(*token));
  }
}

}  // namespace

Bearer FindBearer(const RequestHead& head, const BearerRules& rules) {
  Collector collector;
  LookIntoHeader(head.authorization, collector);
  if (!rules.cookie.empty() && !collector.failed()) {
    LookIntoCookies(head.cookie, rules.cookie, collector);
  }
  if (!rules.query.empty() && !collector.failed()) {
    LookIntoQuery(head.query(), rules.query, collector);
  }
  return collector.Take();
}

}  // namespace ringcast
