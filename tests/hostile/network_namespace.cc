#include "hostile/network_namespace.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "support/process.h"

namespace ringcast::test {
namespace {

// `ip` with these arguments, separated by single spaces.
Status Ip(const std::string& arguments) {
  ProcessOptions options;
  options.argv = {"ip"};
  for (std::size_t at = 0; at < arguments.size();) {
    const std::size_t end = std::min(arguments.find(' ', at), arguments.size());
    options.argv.push_back(arguments.substr(at, end - at));
    at = end + 1;
  }
  Result<std::unique_ptr<Process>> process = Process::Start(options);
  if (!process) return process.error();
  const Result<ExitStatus> status = (*process)->Wait(std::chrono::seconds(10));
  if (!status) return status.error();
  if (status->code != 0) return Error{"ip " + arguments + ": " + (*process)->stderr_text()};
  return Done{};
}

Result<int> ConnectFrom(const std::string& name, const std::string& host, std::uint16_t port) {
  const int space = ::open(("/run/netns/" + name).c_str(), O_RDONLY | O_CLOEXEC);
  const bool entered = space >= 0 && ::setns(space, CLONE_NEWNET) == 0;
  const Error failure{"entering the network: " + std::string(std::strerror(errno))};
  if (space >= 0) ::close(space);
  if (!entered) return failure;
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const Error refused{"connect: " + std::string(std::strerror(errno))};
    ::close(fd);
    return refused;
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<NetworkNamespace>> NetworkNamespace::Create() {
  std::unique_ptr<NetworkNamespace> made(new NetworkNamespace());
  // Networks of tests that run side by side must differ; 198.18.0.0/15 is for tests (RFC 2544).
  const auto number = static_cast<unsigned>(::getpid());
  made->name_ = "ringcast-" + std::to_string(number);
  made->cable_ = "rc" + std::to_string(number);
  const std::string net = "198.18." + std::to_string(number / 64 % 256) + ".";
  const unsigned first = number % 64 * 4;
  made->here_ = net + std::to_string(first + 1);
  const std::string there = net + std::to_string(first + 2);
  const std::string inside = "-n " + made->name_ + " ";
  for (const std::string& step :
       {"netns add " + made->name_,
        "link add " + made->cable_ + " type veth peer name far netns " + made->name_,
        "addr add " + made->here_ + "/30 dev " + made->cable_, "link set " + made->cable_ + " up",
        inside + "addr add " + there + "/30 dev far", inside + "link set far up"}) {
    const Status done = Ip(step);
    if (!done) return done.error();
  }
  return made;
}

NetworkNamespace::~NetworkNamespace() {
  (void)Ip("link del " + cable_);
  (void)Ip("netns del " + name_);
}

Result<int> NetworkNamespace::Connect(std::uint16_t port) {
  Result<int> fd = Error{"not tried"};
  // A thread may be in another network than the others; this one ends with it.
  std::thread([&] { fd = ConnectFrom(name_, here_, port); }).join();
  return fd;
}

Status NetworkNamespace::PullCable() { return Ip("-n " + name_ + " link set far down"); }

}  // namespace ringcast::test
