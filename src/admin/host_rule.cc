#include "admin/host_rule.h"

#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::string_view kLocalhost = "localhost";

bool IsLoopback(std::string_view host) { return host.starts_with("127.") || host == "::1"; }

// Not every such text is an IPv4 address, but no name looks like one: the last label of a name is
// never all digits (RFC 3696 section 2).
bool IsAddress(std::string_view host) {
  const std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos || dot + 1 == host.size()) return false;
  for (const char c : host.substr(dot + 1)) {
    if (!IsDigit(c)) return false;
  }
  return true;
}

}  // namespace

bool AnswersTo(const ListenAddress& listener, std::string_view host) {
  if (listener.kind == ListenAddress::Kind::kUnix || !IsLoopback(listener.host)) return true;
  if (host.empty() || host.starts_with('[')) return true;
  const std::string_view name = host.substr(0, host.find(':'));
  if (IsAddress(name) || EqualsLower(name, kLocalhost)) return true;
  if (name.size() <= kLocalhost.size()) return false;
  const std::size_t dot = name.size() - kLocalhost.size() - 1;
  return name[dot] == '.' && EqualsLower(name.substr(dot + 1), kLocalhost);
}

}  // namespace ringcast
