#include "protocol/request_target.h"

#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::size_t kMaxPortDigits = 5;

// reg-name (RFC 3986 3.2.2) without the comma.
bool IsName(std::string_view text) {
  constexpr std::string_view kMarks = "-._~!$&'()*+;=";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3 || HexValue(text[i + 1]) < 0 || HexValue(text[i + 2]) < 0) {
        return false;
      }
      i += 2;
    } else if (!IsAlpha(c) && !IsDigit(c) && kMarks.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

bool IsAddressLiteral(std::string_view text) {
  for (const char c : text) {
    if (HexValue(c) < 0 && c != ':' && c != '.') return false;
  }
  return !text.empty();
}

bool IsPort(std::string_view text) {
  for (const char c : text) {
    if (!IsDigit(c)) return false;
  }
  return text.size() <= kMaxPortDigits;
}

}  // namespace

bool IsValidAuthority(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !IsAddressLiteral(text.substr(1, end - 1))) return false;
    const std::string_view rest = text.substr(end + 1);
    return rest.empty() || (rest.front() == ':' && IsPort(rest.substr(1)));
  }
  const std::string_view name = CutUntil(text, ':');
  return IsName(name) && IsPort(text);
}

bool SplitTarget(RequestHead& head) {
  const std::string_view target = head.target;
  std::size_t path_begin = 0;
  if (target == "*") {
    if (head.method != HttpMethod::kOptions) return false;
  } else if (!target.starts_with('/')) {
    const std::size_t scheme_size = target.find("://");
    if (scheme_size == std::string_view::npos) return false;
    const std::string_view scheme = target.substr(0, scheme_size);
    if (!EqualsLower(scheme, "http") && !EqualsLower(scheme, "https")) return false;
    const std::size_t authority_begin = scheme_size + 3;
    path_begin = target.find_first_of("/?", authority_begin);
    if (path_begin == std::string_view::npos) path_begin = target.size();
    const std::string_view authority = target.substr(authority_begin, path_begin - authority_begin);
    if (!IsValidAuthority(authority)) return false;
    head.host = authority;
  }
  const std::size_t mark = target.find('?', path_begin);
  const std::size_t path_end = mark == std::string_view::npos ? target.size() : mark;
  head.path_begin = path_begin;
  head.path_size = path_end - path_begin;
  head.query_begin = mark == std::string_view::npos ? target.size() : mark + 1;
  head.query_size = target.size() - head.query_begin;
  return true;
}

}  // namespace ringcast
