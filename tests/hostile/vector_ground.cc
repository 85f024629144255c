#include "hostile/vector_ground.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <chrono>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "access/token_key.h"
#include "access/token_maker.h"
#include "integration/must.h"

namespace ringcast::test {
namespace {

constexpr std::chrono::seconds kPatience{15};

constexpr const char* kSecret = "a secret of more than thirty-two bytes\n";

std::unique_ptr<VectorGround>& Instance() {
  static std::unique_ptr<VectorGround> instance;
  return instance;
}

}  // namespace

VectorGround& VectorGround::Get() {
  if (!Instance()) Instance().reset(new VectorGround());
  return *Instance();
}

const std::string& VectorGround::PublisherToken() {
  static const std::string token = [] {
    TokenContent content;
    content.issued = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    content.claims.expires = content.issued + 24 * 3600;
    content.claims.publish = {"*"};
    std::string_view secret(kSecret);
    secret.remove_suffix(1);
    return Must(MakeToken(content, Must(TokenKey::FromSecret(std::string(secret)))));
  }();
  return token;
}

VectorGround::VectorGround() {
  ServerOptions options;
  const std::string key = directory_.Write("publishers.key", kSecret);
  if (::chmod(key.c_str(), 0600) != 0) throw std::runtime_error("chmod");
  options.args = {"--jwt-key",        key,
                  "--auth",           "none",
                  "--publish-listen", "127.0.0.1:" + std::to_string(remote_port_.port()),
                  "--listen",         "unix:" + directory_.File("public"),
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
    case Surface::kRemote:
      return Must(HttpClient::ConnectTcp(remote_port_.port(), kPatience));
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
            << executions_ << " executions (whole, cut in two, byte by byte)" << std::endl;
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
