#include "redis/redis_server.h"

#include <csignal>
#include <stdexcept>
#include <thread>
#include <utility>

#include "integration/must.h"

namespace ringcast::test {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::seconds kPatience{30};

std::string TextOf(const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_INTEGER:
      return std::to_string(reply.integer);
    case REDIS_REPLY_NIL:
      return {};
    case REDIS_REPLY_ERROR:
      return "-" + std::string(reply.str, reply.len);
    case REDIS_REPLY_ARRAY: {
      std::string text;
      for (std::size_t i = 0; i < reply.elements; ++i) text += TextOf(*reply.element[i]) + "\n";
      return text;
    }
    default:
      return {reply.str, reply.len};
  }
}

}  // namespace

RedisServer::RedisServer(Words options) : options_(std::move(options)) { Start(); }

void RedisServer::Launch(const Words& further) {
  client_.Disconnect();
  process_.reset();
  if (!port_.WaitUntilFree(Deadline(kPatience))) throw std::runtime_error("Redis' port is taken");
  ProcessOptions child;
  child.argv = {"redis-server", "--port",    std::to_string(port_.port()),
                "--bind",       "127.0.0.1", "--unixsocket",
                socket(),       "--dir",     directory_.path(),
                "--save",       ""};
  child.argv.insert(child.argv.end(), options_.begin(), options_.end());
  child.argv.insert(child.argv.end(), further.begin(), further.end());
  process_ = Must(Process::Start(child));
}

void RedisServer::Start() {
  Launch();
  const Deadline deadline(kPatience);
  while (!Answers()) {
    if (deadline.Passed()) {
      throw std::runtime_error("redis-server does not start: " + process_->stdout_text());
    }
    std::this_thread::sleep_for(10ms);
  }
}

bool RedisServer::Answers() {
  const std::string answer = Try({"PING"});
  return answer == "PONG" || answer.starts_with("-NOAUTH");
}

void RedisServer::Kill() {
  client_.Disconnect();
  process_->Kill();
}

void RedisServer::Shutdown() {
  client_.Disconnect();
  process_->Signal(SIGTERM);
  Must(process_->Wait(kPatience));
}

std::string RedisClient::Try(const Words& words) {
  if (!context_ || context_->err != 0) context_.reset(redisConnectUnix(socket_.c_str()));
  if (!context_ || context_->err != 0) return {};
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  for (const std::string& word : words) {
    texts.push_back(word.data());
    sizes.push_back(word.size());
  }
  auto* reply = static_cast<redisReply*>(
      redisCommandArgv(context_.get(), static_cast<int>(words.size()), texts.data(), sizes.data()));
  if (reply == nullptr) return {};
  const std::string text = TextOf(*reply);
  freeReplyObject(reply);
  return text;
}

std::string RedisClient::Command(const Words& words) {
  const std::string text = Try(words);
  if (!context_ || context_->err != 0 || text.starts_with("-")) {
    throw std::runtime_error("Redis says to " + words.front() + ": " + text);
  }
  return text;
}

std::string RedisClient::Add(const std::string& key, const Words& fields) {
  Words words{"XADD", key, "*"};
  words.insert(words.end(), fields.begin(), fields.end());
  return Command(words);
}

}  // namespace ringcast::test
