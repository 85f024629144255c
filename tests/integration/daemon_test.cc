#include "integration/daemon_test.h"

#include <unistd.h>

#include <charconv>
#include <fstream>
#include <thread>
#include <utility>

namespace ringcast::test {

void DaemonTest::Start(const Arguments& arguments) {
  ServerOptions options;
  options.args = arguments;
  Start(options);
}

void DaemonTest::Start(const ServerOptions& options) { server_ = Must(Server::Start(options)); }

Stream DaemonTest::Follow(const SseRequest& request) {
  SseClient client = Must(SseClient::Open(server_->port(), request, kPatience));
  if (client.head().status != 200) {
    throw std::runtime_error(request.target + " answered " + std::to_string(client.head().status));
  }
  SseEvent first = Must(client.NextEvent(kPatience));
  EXPECT_EQ(first.type, "connected");
  return {std::move(client), std::move(first)};
}

Stream DaemonTest::Follow(const std::string& target, const std::string& last_event_id) {
  SseRequest request;
  request.target = target;
  request.last_event_id = last_event_id;
  return Follow(request);
}

HttpClient DaemonTest::Connect() {
  return Must(HttpClient::ConnectTcp(server_->port(), kPatience));
}

HttpClient DaemonTest::Send(std::string_view bytes) {
  HttpClient client = Connect();
  Must(client.Send(bytes, kPatience));
  return client;
}

HttpResponse DaemonTest::Get(const std::string& target, const HttpHeaders& headers) {
  return Must(Connect().Request("GET", target, kPatience, {}, headers));
}

std::string DaemonTest::Publish(const std::string& channel, std::string_view data) {
  return Must(server_->Publish(channel, data, kPatience));
}

std::vector<std::string> DaemonTest::PublishNumbers(const std::string& channel, int count) {
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) ids.push_back(Publish(channel, std::to_string(i)));
  return ids;
}

HttpResponse DaemonTest::PublishRequest(const std::string& method, const std::string& target,
                                        std::string_view body) {
  return Must(server_->PublishRequest(method, target, body, kPatience));
}

HttpClient DaemonTest::ConnectPublisher() {
  return Must(HttpClient::ConnectUnix(server_->publish_socket(), kPatience));
}

Json DaemonTest::Stats() {
  const HttpResponse response = Must(server_->admin_get("/stats.json", kPatience));
  if (response.status != 200) throw std::runtime_error("/stats.json: " + response.body);
  return Json::Parse(response.body);
}

void DaemonTest::ExpectTurnedAway(const SseRequest& request) {
  SseClient client = Must(SseClient::Open(server_->port(), request, kPatience));
  EXPECT_EQ(client.head().status, 200) << "browsers give up for good on 429 and 503";
  const SseEvent event = Must(client.NextEvent(kPatience));
  EXPECT_EQ(event.type, "overload");
  EXPECT_FALSE(event.has_id) << "its client's position does not move";
  EXPECT_TRUE(event.retry.has_value());
  EXPECT_EQ(client.WaitForEnd(kPatience), StreamEnd::kTruncated);
}

bool DaemonTest::Eventually(const std::function<bool()>& is_so, Deadline deadline) {
  for (;;) {
    if (is_so()) return true;
    if (deadline.Passed()) return false;
    std::this_thread::sleep_for(5ms);
  }
}

bool DaemonTest::LogSays(const std::string& text, Deadline deadline) {
  return server().process().WaitForStderr(text, deadline).ok();
}

void DaemonTest::ExpectQuiet(Stream& stream, std::chrono::milliseconds duration) {
  const Result<SseEvent> event = stream.client.NextEvent(duration);
  if (event.ok()) ADD_FAILURE() << "an event came: " << event->type << " " << event->data;
  EXPECT_EQ(stream.client.end(), StreamEnd::kOpen);
}

std::pair<std::uint64_t, std::uint64_t> IdNumbers(const std::string& id) {
  std::uint64_t millis = 0;
  std::uint64_t number = 0;
  const char* const end = id.data() + id.size();
  const auto first = std::from_chars(id.data(), end, millis);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != '-' ||
      std::from_chars(first.ptr + 1, end, number).ptr != end) {
    throw std::runtime_error("not an event id: " + id);
  }
  return {millis, number};
}

SseRequest DaemonTest::From(const std::string& source, const std::string& target) {
  SseRequest request;
  request.target = target;
  request.connect.source = source;
  return request;
}

bool DaemonTest::IsServed(const SseRequest& request, std::vector<Stream>& streams) {
  SseClient client = Must(SseClient::Open(server().port(), request, kPatience));
  SseEvent first = Must(client.NextEvent(kPatience));
  if (first.type != "connected") {
    EXPECT_EQ(first.type, "overload");
    return false;
  }
  streams.push_back({std::move(client), std::move(first)});
  return true;
}

double DaemonTest::CpuSeconds() {
  std::ifstream file("/proc/" + std::to_string(server().process().pid()) + "/stat");
  std::string skip;
  std::getline(file, skip, ')');
  for (int i = 0; i < 11; ++i) file >> skip;
  double user = 0;
  double system = 0;
  file >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace ringcast::test
