// A network of its own with one cable to this machine, which a test can pull: what a client on it
// had open is gone without a word. Needs root.
//
// Threads: one thread at a time; Connect() runs a thread of its own inside.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace ringcast::test {

class NetworkNamespace {
 public:
  // Errors: not allowed to, or no `ip` here.
  static Result<std::unique_ptr<NetworkNamespace>> Create();
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  // The address of this machine at its end of the cable.
  const std::string& here() const { return here_; }

  // A TCP connection from the far end to here(), as a blocking socket that the caller closes.
  Result<int> Connect(std::uint16_t port);

  // From now on nothing passes, in either direction.
  Status PullCable();

 private:
  NetworkNamespace() = default;

  std::string name_;
  std::string cable_;
  std::string here_;
};

}  // namespace ringcast::test
