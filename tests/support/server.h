// The real daemon under test: `ringcast serve` on ports of its own, with a directory of its own,
// ready when Start() returns. When the test has failed, its log is printed as the object goes.
//
// Threads: as Process: start it from a thread that outlives it.
#pragma once

#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "support/deadline.h"
#include "support/http_client.h"
#include "support/port_lease.h"
#include "support/process.h"
#include "support/temp_dir.h"

namespace ringcast::test {

struct ServerOptions {
  std::vector<std::string> args;  // after --listen, --publish-socket and --admin
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<std::uint64_t> max_files;  // RLIMIT_NOFILE
  int stderr_fd = -1;                      // where its log goes; log() is empty then
  std::chrono::milliseconds ready_within{20000};
};

class Server {
 public:
  // Starts `ringcast serve --listen 127.0.0.1:PORT --publish-socket DIR/publish.sock
  // --admin 127.0.0.1:PORT2 ARGS...` and waits until GET /readyz answers 200.
  // Errors: it ended, or was not ready in time; the message holds its log.
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The path of the executable under test.
  static std::string Binary();

  std::uint16_t port() const { return port_.port(); }
  std::uint16_t admin_port() const { return admin_port_.port(); }
  std::string publish_socket() const { return directory_.File("publish.sock"); }
  const TempDir& directory() const { return directory_; }
  Process& process() { return *process_; }

  // One request to the admin listener.
  Result<HttpResponse> admin_get(const std::string& path,
                                 Deadline deadline = std::chrono::seconds(5)) const;
  // One request to the publish socket over its HTTP form.
  Result<HttpResponse> PublishRequest(std::string_view method, const std::string& target,
                                      std::string_view body,
                                      Deadline deadline = std::chrono::seconds(5)) const;
  // Publishes one event over the HTTP form and gives its id. Errors: any answer but 200.
  Result<std::string> Publish(const std::string& channel, std::string_view data,
                              Deadline deadline = std::chrono::seconds(5)) const;

  // Sends the signal and waits for the end. Errors: still running at the deadline.
  Result<ExitStatus> Stop(int signal_number = SIGTERM,
                          Deadline deadline = std::chrono::seconds(20));
  // SIGKILL, reaped on return.
  void Kill();
  // Starts the daemon again after Stop() or Kill(): same ports, socket and directory, the options
  // of Start() or those given here.
  Status Restart();
  Status Restart(const ServerOptions& options);

  // The daemon's log so far (of the last start).
  std::string log() const { return process_ ? process_->stderr_text() : std::string(); }

 private:
  explicit Server(const ServerOptions& options) : options_(options) {}
  Status Launch();

  ServerOptions options_;
  TempDir directory_;
  PortLease port_;
  PortLease admin_port_;
  std::unique_ptr<Process> process_;
};

}  // namespace ringcast::test
