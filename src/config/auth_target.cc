#include "config/auth_target.h"

#include "config/listen_address.h"
#include "protocol/auth_url.h"

namespace ringcast {
namespace {

bool IsAt(const AuthUrl& url, const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::kUnix) return url.unix_socket == address.path;
  if (!url.unix_socket.empty() || url.port != address.port) return false;
  const bool loopback =
      url.host == "localhost" || url.host.starts_with("127.") || url.host == "::1";
  const bool everywhere = address.host == "0.0.0.0" || address.host == "::";
  return url.host == address.host || (loopback && everywhere) ||
         (url.host == "localhost" && (address.host == "127.0.0.1" || address.host == "::1"));
}

}  // namespace

std::string AuthUrlFault(std::string_view url, const ServeOptions& options) {
  const AuthUrl target = *ParseAuthUrl(url);
  for (const ListenAddress& address : options.listen) {
    if (!IsAt(target, address)) continue;
    return target.text + " is at " + address.ToString() +
           ", where subscribers connect: the daemon would ask itself; name the application";
  }
  return {};
}

}  // namespace ringcast
