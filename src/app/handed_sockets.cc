#include "app/handed_sockets.h"

#include <systemd/sd-daemon.h>

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <utility>

namespace ringcast {
namespace {

struct NamedDescriptor {
  UniqueFd fd;
  std::string name;
};

Error Unfit(const NamedDescriptor& given, const std::string& why) {
  return Error{"socket activation: descriptor " + std::to_string(given.fd.get()) + " named \"" +
               given.name + "\": " + why};
}

Result<std::vector<NamedDescriptor>> TakeDescriptors() {
  char** names = nullptr;
  const int count = ::sd_listen_fds_with_names(/*unset_environment=*/1, &names);
  if (count < 0) {
    return Error{
        "socket activation: LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES do not fit together: " +
        std::string(std::strerror(-count))};
  }
  std::vector<NamedDescriptor> given;
  for (int i = 0; i < count; ++i) {
    given.push_back({UniqueFd(SD_LISTEN_FDS_START + i), names[i]});
    std::free(names[i]);
  }
  std::free(names);
  return given;
}

// Where the only socket of its name goes; nothing for a name of which there may be several.
Status PutAlone(NamedDescriptor& given, HandedListener listener,
                std::optional<HandedSocket>& place) {
  if (place) {
    return Unfit(given, "it is the second of this name; give its unit a single ListenStream=");
  }
  place = HandedSocket{std::move(given.fd), std::move(listener)};
  return Done{};
}

}  // namespace

std::string HandedSocket::Address() const {
  return (proxy_protocol ? "proxy:" : "") + listener.address;
}

Result<HandedSockets> TakeHandedSockets() {
  Result<std::vector<NamedDescriptor>> all = TakeDescriptors();
  if (!all) return all.error();
  HandedSockets sockets;
  for (NamedDescriptor& given : *all) {
    const bool proxy_protocol = given.name == "http-proxy";
    const bool http = given.name == "http" || proxy_protocol;
    const bool known =
        http || given.name == "publish" || given.name == "publish-tcp" || given.name == "admin";
    if (!known) {
      return Unfit(given,
                   "nothing here has this name; its unit must say FileDescriptorName=http, "
                   "http-proxy, publish, publish-tcp or admin");
    }
    Result<HandedListener> listener = InspectHandedListener(given.fd.get());
    if (!listener) {
      return Unfit(given,
                   listener.error().message + "; its unit must say ListenStream=, Accept=no");
    }
    if (given.name == "publish" && listener->family != ListenerFamily::kUnix) {
      return Unfit(given, listener->address +
                              " is no UNIX socket, which tells who publishes; its unit must say "
                              "ListenStream=/run/ringcast/publish.sock or another path");
    }
    if (given.name == "publish-tcp") {
      if (listener->family != ListenerFamily::kTcp) {
        return Unfit(given, listener->address +
                                " is no TCP socket; its unit must say FileDescriptorName=publish, "
                                "or ListenStream= with an address and a port");
      }
      sockets.publish_tcp.push_back({std::move(given.fd), std::move(*listener)});
      continue;
    }
    if (http) {
      sockets.http.push_back({std::move(given.fd), std::move(*listener), proxy_protocol});
      continue;
    }
    const Status put = PutAlone(given, std::move(*listener),
                                given.name == "publish" ? sockets.publish : sockets.admin);
    if (!put) return put.error();
  }
  return sockets;
}

HandedListeners Describe(const Result<HandedSockets>& sockets) {
  HandedListeners listeners;
  if (!sockets) {
    listeners.error = sockets.error().message;
    return listeners;
  }
  for (const HandedSocket& socket : sockets->http) listeners.http.push_back(socket.Address());
  for (const HandedSocket& socket : sockets->publish_tcp)
    listeners.publish_tcp.push_back(socket.listener.address);
  if (sockets->publish) listeners.publish = sockets->publish->listener.address;
  if (sockets->admin) listeners.admin = sockets->admin->listener.address;
  return listeners;
}

}  // namespace ringcast
