#include "protocol/host_name.h"

#include <cstddef>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::string_view kLocalhost = "localhost";

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

bool IsNobodysName(std::string_view host) {
  if (host.empty() || host.starts_with('[')) return true;
  const std::string_view name = host.substr(0, host.find(':'));
  if (IsAddress(name) || EqualsLower(name, kLocalhost)) return true;
  if (name.size() <= kLocalhost.size()) return false;
  const std::size_t dot = name.size() - kLocalhost.size() - 1;
  return name[dot] == '.' && EqualsLower(name.substr(dot + 1), kLocalhost);
}

}  // namespace ringcast
