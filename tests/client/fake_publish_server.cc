#include "client/fake_publish_server.h"

#include <utility>

#include "protocol/publish_answers.h"
#include "protocol/publish_codec.h"

namespace ringcast::test {
namespace {

void SendAll(int fd, std::string& bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const ssize_t sent = send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL);
    if (sent <= 0) break;
    at += static_cast<std::size_t>(sent);
  }
  bytes.clear();
}

}  // namespace

FakePublishServer::FakePublishServer(const std::string& path, std::vector<Manner> manners)
    : listener_(path), manners_(std::move(manners)), thread_([this] { Serve(); }) {}

FakePublishServer::~FakePublishServer() { Stop(); }

void FakePublishServer::Stop() {
  if (!thread_.joinable()) return;
  listener_.Stop();
  thread_.join();
}

void FakePublishServer::Serve() {
  while (true) {
    const int fd = listener_.Accept();
    if (fd < 0) return;
    const std::size_t index = connections_++;
    ServeConnection(fd, index < manners_.size() ? manners_[index] : Manner{});
    close(fd);
  }
}

bool FakePublishServer::ReadMore(int fd, std::string& held) {
  if (!listener_.WaitReadable(fd)) return false;
  char buffer[65536];
  const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  held.append(buffer, static_cast<std::size_t>(got));
  return true;
}

void FakePublishServer::ServeConnection(int fd, const Manner& manner) {
  std::string held;
  std::uint8_t version = 0;
  while (ReadClientHello(held) == HelloStatus::kNeedMore) {
    if (!ReadMore(fd, held)) return;
  }
  RC_CHECK(ReadClientHello(held, &version) == HelloStatus::kOk, "a publisher greets first");
  held.erase(0, RINGCAST_PUBLISH_CLIENT_HELLO_SIZE);

  std::string out;
  if (!manner.greeting.empty()) {
    out = manner.greeting;
  } else if (!manner.silent) {
    AppendHello(out, static_cast<std::uint32_t>(manner.max_data), 1 << 20, version);
  }
  SendAll(fd, out);

  PublishDecoder decoder({.max_data = manner.max_data});
  if (version == RINGCAST_PUBLISH_VERSION_KEYS) decoder.AllowKeys();
  AckBuilder acks;
  std::size_t read = 0;
  bool held_is_fresh = !held.empty();
  while (read < manner.frames) {
    // What came with the hello is there already.
    if (!std::exchange(held_is_fresh, false) && !ReadMore(fd, held)) return;
    std::size_t at = 0;
    while (read < manner.frames) {
      const PublishDecoder::Step step = decoder.Next(std::string_view(held).substr(at));
      at += step.consumed;
      if (step.status == PublishDecoder::Status::kNeedMore) break;
      RC_CHECK(step.status != PublishDecoder::Status::kBroken, "a publisher speaks the protocol");
      ++read;
      const bool answered = !manner.silent && read + manner.unanswered <= manner.frames;
      if (step.status == PublishDecoder::Status::kRefused) {
        acks.Flush(out);
        if (answered) AppendNack(out, step.request, step.code, step.reason);
        continue;
      }
      frames_.push_back({connections_ - 1, step.request, std::string(step.channel),
                         std::string(step.type), std::string(step.data), std::string(step.key)});
      if (answered) acks.Add(step.request, {1, ++number_}, out);
    }
    held.erase(0, at);
    acks.Flush(out);
    SendAll(fd, out);
    // The publisher may be waiting for just these answers: then no more frames will come.
    if (!manner.silent && read + manner.unanswered > manner.frames) break;
  }
  std::string farewell = manner.farewell;
  SendAll(fd, farewell);
}

}  // namespace ringcast::test
