#include "protocol/accept_field.h"

#include "protocol/ascii.h"

namespace ringcast {
namespace {

// Cuts one member off a list, where a separator inside a quoted string does not count.
std::string_view CutMember(std::string_view& list, char separator) {
  bool quoted = false;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const char c = list[i];
    if (quoted && c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      const std::string_view member = list.substr(0, i);
      list.remove_prefix(i + 1);
      return member;
    }
  }
  const std::string_view member = list;
  list = {};
  return member;
}

// qvalue: "0" or "1" with up to three decimals; only whether it is above 0 matters here.
bool IsPositiveWeight(std::string_view weight) {
  for (const char c : weight) {
    if (c >= '1' && c <= '9') return true;
  }
  return false;
}

}  // namespace

void AcceptField::Add(std::string_view value) {
  while (!value.empty()) {
    const std::string_view range = TrimOws(CutMember(value, ','));
    if (!range.empty()) AddRange(range);
  }
}

void AcceptField::AddRange(std::string_view range) {
  any_range_ = true;
  const std::string_view type = TrimOws(CutMember(range, ';'));
  std::uint8_t specificity = 0;
  if (EqualsLower(type, "text/event-stream")) {
    specificity = 3;
  } else if (EqualsLower(type, "text/*")) {
    specificity = 2;
  } else if (type == "*/*") {
    specificity = 1;
  }
  if (specificity == 0 || specificity < specificity_) return;

  bool accepted = true;
  while (!range.empty()) {
    std::string_view parameter = TrimOws(CutMember(range, ';'));
    const std::string_view name = TrimOws(CutUntil(parameter, '='));
    if (EqualsLower(name, "q")) accepted = IsPositiveWeight(TrimOws(parameter));
  }
  // Of two equally specific ranges, one that accepts is enough.
  accepted_ = accepted || (specificity == specificity_ && accepted_);
  specificity_ = specificity;
}

}  // namespace ringcast
