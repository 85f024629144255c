#include "doctor/port_holder.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <vector>

#include "protocol/log_escape.h"

namespace ringcast {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kListening = "0A";  // TCP_LISTEN, include/net/tcp_states.h
constexpr std::string_view kAcceptsConnections = "00010000";  // __SO_ACCEPTCON, linux/net.h

// An address as the files have it: each 32 bits as one number in the machine's byte order.
std::string InHex(const void* bytes, std::size_t words) {
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    std::uint32_t word = 0;
    std::memcpy(&word, static_cast<const char*>(bytes) + i * sizeof word, sizeof word);
    std::array<char, 9> hex{};
    std::snprintf(hex.data(), hex.size(), "%08X", word);
    text += hex.data();
  }
  return text;
}

struct Wanted {
  std::string address;  // in hex
  bool any = false;     // the address stands for all of its family
  std::string port;     // in hex
};

std::optional<Wanted> InFilesOf(const ListenAddress& address) {
  Wanted wanted;
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, address.host.c_str(), &v4) == 1) {
    wanted.address = InHex(&v4, 1);
  } else if (::inet_pton(AF_INET6, address.host.c_str(), &v6) == 1) {
    wanted.address = InHex(&v6, 4);
  } else {
    return std::nullopt;
  }
  wanted.any = wanted.address.find_first_not_of('0') == std::string::npos;
  std::array<char, 5> port{};
  std::snprintf(port.data(), port.size(), "%04X", address.port);
  wanted.port = port.data();
  return wanted;
}

// Inodes of the listening sockets that stand in the way of the address. An IPv6 socket on every
// address may take IPv4 as well.
std::vector<std::string> ListeningInodes(const Machine& machine, const Wanted& wanted) {
  std::vector<std::string> inodes;
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::istringstream lines(machine.Text(path).value_or(std::string()));
    std::string line;
    std::getline(lines, line);  // the heading
    while (std::getline(lines, line)) {
      std::istringstream columns(line);
      std::string number, local, remote, state, queues, timer, retransmits, user, timeout, inode;
      columns >> number >> local >> remote >> state >> queues >> timer >> retransmits >> user >>
          timeout >> inode;
      const std::size_t colon = local.find(':');
      if (state != kListening || colon == std::string::npos) continue;
      if (local.substr(colon + 1) != wanted.port) continue;
      const std::string address = local.substr(0, colon);
      const bool every = address.find_first_not_of('0') == std::string::npos;
      const bool same_family = address.size() == wanted.address.size();
      if (same_family ? every || wanted.any || address == wanted.address
                      : every && address.size() > wanted.address.size()) {
        inodes.push_back(inode);
      }
    }
  }
  return inodes;
}

// Inodes of the sockets that listen at a path.
std::vector<std::string> ListeningInodes(const Machine& machine, const std::string& path) {
  std::vector<std::string> inodes;
  std::istringstream lines(machine.Text("/proc/net/unix").value_or(std::string()));
  std::string line;
  std::getline(lines, line);  // the heading
  while (std::getline(lines, line)) {
    std::istringstream columns(line);
    std::string number, references, protocol, flags, type, state, inode, bound;
    columns >> number >> references >> protocol >> flags >> type >> state >> inode >> std::ws;
    std::getline(columns, bound);
    if (flags == kAcceptsConnections && bound == path) inodes.push_back(inode);
  }
  return inodes;
}

std::vector<std::string> ListeningInodes(const Machine& machine, const ListenAddress& address) {
  if (address.kind == ListenAddress::Kind::kUnix) return ListeningInodes(machine, address.path);
  const std::optional<Wanted> wanted = InFilesOf(address);
  return wanted ? ListeningInodes(machine, *wanted) : std::vector<std::string>();
}

}  // namespace

std::string PortHolder::ToString() const {
  if (pid == 0) return "a process that cannot be told (run as root to see it)";
  return (name.empty() ? "a process" : name) + " (pid " + std::to_string(pid) + ")";
}

PortHolder HolderOf(const Machine& machine, std::int64_t pid) {
  // A process chooses its own name, escape sequences for terminals included.
  const std::optional<std::string> name = machine.Text("/proc/" + std::to_string(pid) + "/comm");
  return {pid, EscapeForLog(name.value_or(std::string()))};
}

std::optional<PortHolder> FindPortHolder(const Machine& machine, const ListenAddress& address) {
  const std::vector<std::string> inodes = ListeningInodes(machine, address);
  if (inodes.empty()) return std::nullopt;
  std::error_code error;  // processes end and others' descriptors are closed to us: looked past
  for (fs::directory_iterator process(machine.root() + "/proc", error), end;
       !error && process != end; process.increment(error)) {
    const std::string name = process->path().filename();
    std::int64_t pid = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (bad != std::errc() || stop != name.data() + name.size()) continue;
    std::error_code closed;
    for (fs::directory_iterator file(process->path() / "fd", closed); !closed && file != end;
         file.increment(closed)) {
      std::error_code gone;
      const std::string target = fs::read_symlink(file->path(), gone);
      const bool found = std::any_of(inodes.begin(), inodes.end(), [&](const std::string& inode) {
        return target == "socket:[" + inode + "]";
      });
      if (!gone && found) return HolderOf(machine, pid);
    }
  }
  return PortHolder{};
}

}  // namespace ringcast
