#include "hostile/vector_ground.h"

#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <optional>

#include "integration/must.h"

namespace ringcast::test {
namespace {

constexpr std::chrono::seconds kPatience{15};

std::unique_ptr<VectorGround>& Instance() {
  static std::unique_ptr<VectorGround> instance;
  return instance;
}

}  // namespace

VectorGround& VectorGround::Get() {
  if (!Instance()) Instance().reset(new VectorGround());
  return *Instance();
}

VectorGround::VectorGround() {
  ServerOptions options;
  options.args = {"--listen",         "unix:" + directory_.File("public"),
                  "--shards",         "2",
                  "--max-publishers", "4096",
                  "--retry",          "4s",
                  "--allow-origin",   "https://a.example",
                  "--heartbeat",      "off"};
  server_ = Must(Server::Start(options));
  Subscribe();
}

void VectorGround::Subscribe() {
  stream_ =
      std::make_unique<SseClient>(Must(SseClient::Open(server_->port(), "/events/a", kPatience)));
}

HttpClient VectorGround::Connect(Surface surface) {
  switch (surface) {
    case Surface::kTcp:
      return Must(HttpClient::ConnectTcp(server_->port(), kPatience));
    case Surface::kUnix:
      return Must(HttpClient::ConnectUnix(directory_.File("public"), kPatience));
    case Surface::kPublish:
      break;
  }
  return Must(HttpClient::ConnectUnix(server_->publish_socket(), kPatience));
}

SseEvent VectorGround::NextEvent() {
  Result<SseEvent> event = stream_->NextPublished(kPatience);
  if (!event) Subscribe();  // the next vector starts anew
  return Must(std::move(event));
}

void VectorGround::ExpectNothingElsePublished() {
  const std::string sentinel = "sentinel " + std::to_string(++sentinels_);
  Must(server_->Publish("a", sentinel, kPatience));
  SseEvent event = NextEvent();
  if (event.data == sentinel) return;
  ADD_FAILURE() << "an event that should not be there: " << event.data.substr(0, 200);
  while (event.data != sentinel) event = NextEvent();
}

void VectorGround::Count(std::size_t executions) {
  ++tried_;
  if (!::testing::Test::HasFailure()) ++passed_;
  executions_ += executions;
}

void VectorGround::Finish() {
  const Result<ExitStatus> end = server_->Stop();
  EXPECT_TRUE(end.ok() && end.value() == ExitStatus{.code = 0}) << "the server did not end well";
  std::cout << "hostile vectors: " << passed_ << " of " << tried_ << " tried passed, in "
            << executions_ << " executions (whole, cut at every byte, byte by byte)" << std::endl;
}

namespace {

// After the last test.
class Summary : public ::testing::Environment {
 public:
  void TearDown() override {
    if (!Instance()) return;
    Instance()->Finish();
    Instance().reset();
  }
};

const ::testing::Environment* const kSummary = ::testing::AddGlobalTestEnvironment(new Summary());

}  // namespace
}  // namespace ringcast::test
