#include "config/redis_address.h"

#include <charconv>
#include <system_error>
#include <utility>

#include "base/units.h"
#include "config/listen_address.h"

namespace ringcast {
namespace {

constexpr std::string_view kScheme = "redis://";

template <class Number>
bool ParseNumber(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

Error Wrong(std::string_view text, const std::string& what) {
  return {Quoted(text) + " " + what + "; write redis://HOST:PORT/DATABASE or unix:PATH"};
}

}  // namespace

std::string RedisAddress::ToString() const {
  if (host.empty()) return "unix:" + path;
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<RedisAddress> ParseRedisAddress(std::string_view text) {
  RedisAddress address;
  if (text.starts_with("unix:")) {
    std::string_view path = text;
    if (path.starts_with("unix://")) path.remove_prefix(std::string_view("unix://").size());
    Result<std::string> parsed = ParseSocketPath(path);
    if (!parsed) return parsed.error();
    address.path = std::move(*parsed);
    return address;
  }
  if (text.starts_with("rediss:")) {
    return Error{
        "\"rediss:\" asks for TLS, which is not spoken here; let stunnel connect to the server and "
        "write its address, such as redis://127.0.0.1:6380"};
  }
  if (!text.starts_with(kScheme)) return Wrong(text, "is no address of a Redis server");
  std::string_view rest = text.substr(kScheme.size());

  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    const std::string_view database = rest.substr(slash + 1);
    rest = rest.substr(0, slash);
    if (!database.empty() && !ParseNumber(database, address.database)) {
      return Wrong(text, "has no valid database behind the slash");
    }
  }
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = rest.substr(0, at);
    if (user.find(':') != std::string_view::npos) {
      // Not repeated: it would stand in the log.
      return Error{
          "holds a password; put it into a file that only the daemon may read, and write "
          "password-file = \"/etc/ringcast/redis.password\""};
    }
    address.user = user;
    rest.remove_prefix(at + 1);
  }
  std::string_view port;
  if (rest.starts_with('[')) {
    const std::size_t close = rest.find(']');
    if (close == std::string_view::npos) return Wrong(text, "has a [ without its ]");
    address.host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
  } else {
    const std::size_t colon = rest.find(':');
    address.host = rest.substr(0, colon);
    if (colon != std::string_view::npos) port = rest.substr(colon);
  }
  if (address.host.empty()) return Wrong(text, "names no host");
  if (!port.empty()) {
    if (port.front() != ':' || !ParseNumber(port.substr(1), address.port) || address.port == 0) {
      return Wrong(text, "has no valid port");
    }
  }
  return address;
}

}  // namespace ringcast
