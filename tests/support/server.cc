#include "support/server.h"

#include <gtest/gtest.h>

#include <iostream>
#include <thread>

namespace ringcast::test {

std::string Server::Binary() {
#ifdef RINGCAST_BINARY
  return RINGCAST_BINARY;
#else
  return {};
#endif
}

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  std::unique_ptr<Server> server(new Server(options));
  const Status launched = server->Launch();
  if (!launched) return launched.error();
  return server;
}

Server::~Server() {
  if (process_) process_->Kill();
  if (::testing::Test::HasFailure()) std::cerr << "log of the server under test:\n" << log();
}

Status Server::Launch() {
  if (Binary().empty()) return Error{"these tests were built without the ringcast executable"};
  ProcessOptions child;
  child.argv = {Binary(),           "serve",
                "--listen",         "127.0.0.1:" + std::to_string(port()),
                "--publish-socket", publish_socket(),
                "--admin",          "127.0.0.1:" + std::to_string(admin_port())};
  child.argv.insert(child.argv.end(), options_.args.begin(), options_.args.end());
  child.env = options_.env;
  child.max_files = options_.max_files;
  child.stderr_fd = options_.stderr_fd;
  process_.reset();  // the one before is gone before its ports are taken again
  const Deadline deadline = options_.ready_within;
  if (!port_.WaitUntilFree(deadline) || !admin_port_.WaitUntilFree(deadline)) {
    return Error{"the ports of the server before are still taken"};
  }
  Result<std::unique_ptr<Process>> started = Process::Start(child);
  if (!started) return started.error();
  process_ = std::move(*started);

  while (!deadline.Passed()) {
    const Result<HttpResponse> ready = admin_get("/readyz", deadline);
    if (ready.ok() && ready->status == 200) return Done{};
    const Result<ExitStatus> ended = process_->Wait(std::chrono::milliseconds(5));
    if (ended.ok()) return Error{"the server ended before it was ready; its log:\n" + log()};
  }
  process_->Kill();
  return Error{"the server was not ready in time; its log:\n" + log()};
}

Result<HttpResponse> Server::admin_get(const std::string& path, Deadline deadline) const {
  Result<HttpClient> client = HttpClient::ConnectTcp(admin_port(), deadline);
  if (!client) return client.error();
  return client->Request("GET", path, deadline);
}

Result<HttpResponse> Server::PublishRequest(std::string_view method, const std::string& target,
                                            std::string_view body, Deadline deadline) const {
  Result<HttpClient> client = HttpClient::ConnectUnix(publish_socket(), deadline);
  if (!client) return client.error();
  return client->Request(method, target, deadline, body);
}

Result<std::string> Server::Publish(const std::string& channel, std::string_view data,
                                    Deadline deadline) const {
  Result<HttpResponse> answer = PublishRequest("POST", "/publish/" + channel, data, deadline);
  if (!answer) return answer.error();
  constexpr std::string_view kBefore = "\"id\":\"";
  const std::size_t start = answer->body.find(kBefore);
  if (answer->status != 200 || start == std::string::npos) {
    return Error{"publish answered " + std::to_string(answer->status) + " " + answer->body};
  }
  const std::size_t id = start + kBefore.size();
  return answer->body.substr(id, answer->body.find('"', id) - id);
}

Result<ExitStatus> Server::Stop(int signal_number, Deadline deadline) {
  process_->Signal(signal_number);
  return process_->Wait(deadline);
}

void Server::Kill() { process_->Kill(); }

Status Server::Restart() { return Launch(); }

Status Server::Restart(const ServerOptions& options) {
  options_ = options;
  return Launch();
}

}  // namespace ringcast::test
