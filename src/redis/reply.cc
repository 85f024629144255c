#include "redis/reply.h"

#include <new>
#include <utility>

#include "base/check.h"

namespace ringcast {
namespace {

// No reply that is asked for has more; a server that announces more is none.
constexpr std::size_t kMaxItems = std::size_t{1} << 20;
// What a value costs besides its text.
constexpr std::size_t kNodeBytes = sizeof(RedisReply);

RedisReply* Place(const redisReadTask* task, std::unique_ptr<RedisReply> reply) {
  auto* held = static_cast<std::size_t*>(task->privdata);
  if (task->parent == nullptr) {
    *held = 0;
    return reply.release();  // the reader's own until it is taken
  }
  *held += kNodeBytes;
  // Nodes alone that fill the room are no reply of anything that is asked for.
  if (*held > 4 * RedisReplyReader::kMaxReplyBytes) return nullptr;
  auto* parent = static_cast<RedisReply*>(task->parent->obj);
  parent->items.push_back(std::move(reply));
  return parent->items.back().get();
}

std::unique_ptr<RedisReply> Make(RedisReply::Kind kind) {
  auto reply = std::make_unique<RedisReply>();
  reply->kind = kind;
  return reply;
}

void* CreateText(const redisReadTask* task, char* text, std::size_t size) {
  using Dropped = RedisReply::Dropped;
  using Kind = RedisReply::Kind;
  const Kind kind = task->type == REDIS_REPLY_ERROR    ? Kind::kError
                    : task->type == REDIS_REPLY_STATUS ? Kind::kStatus
                                                       : Kind::kText;
  std::unique_ptr<RedisReply> reply = Make(kind);
  auto* held = static_cast<std::size_t*>(task->privdata);
  if (size > RedisReplyReader::kMaxTextBytes) {
    reply->dropped = Dropped::kTooLarge;
  } else if (task->parent != nullptr && *held + size > RedisReplyReader::kMaxReplyBytes) {
    reply->dropped = Dropped::kNoRoom;
  } else {
    reply->text.assign(text, size);
  }
  const std::size_t kept = reply->text.size();
  RedisReply* placed = Place(task, std::move(reply));
  *held += kept;
  return placed;
}

// The reader's versions differ in the type of the number.
template <class Count>
void* CreateArray(const redisReadTask* task, Count count) {
  if (static_cast<std::size_t>(count) > kMaxItems) return nullptr;
  std::unique_ptr<RedisReply> reply = Make(RedisReply::Kind::kArray);
  reply->announced = static_cast<std::size_t>(count);
  return Place(task, std::move(reply));
}

void* CreateInteger(const redisReadTask* task, long long integer) {
  std::unique_ptr<RedisReply> reply = Make(RedisReply::Kind::kInteger);
  reply->integer = integer;
  return Place(task, std::move(reply));
}

void* CreateNil(const redisReadTask* task) { return Place(task, Make(RedisReply::Kind::kNil)); }

void FreeReply(void* reply) { delete static_cast<RedisReply*>(reply); }

redisReplyObjectFunctions* Functions() {
  static redisReplyObjectFunctions functions = [] {
    redisReplyObjectFunctions made{};
    made.createString = CreateText;
    made.createArray = CreateArray;
    made.createInteger = CreateInteger;
    made.createNil = CreateNil;
    made.freeObject = FreeReply;
    return made;
  }();
  return &functions;
}

}  // namespace

Error NoAnswerTo(std::string_view command) {
  return {"answers " + std::string(command) + " with what is no answer to it"};
}

Error RefusalOf(std::string_view command, const RedisReply& error) {
  return {"refuses " + std::string(command) + ": " + error.text};
}

RedisReplyReader::RedisReplyReader()
    : reader_(redisReaderCreateWithFunctions(Functions())),
      held_(std::make_unique<std::size_t>(0)) {
  if (!reader_) throw std::bad_alloc();
  reader_->privdata = held_.get();
}

Status RedisReplyReader::Feed(std::string_view bytes) {
  if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) {
    return Error{"does not speak Redis' protocol: " + std::string(reader_->errstr)};
  }
  return Done{};
}

Result<std::unique_ptr<RedisReply>> RedisReplyReader::Next() {
  void* reply = nullptr;
  if (redisReaderGetReply(reader_.get(), &reply) != REDIS_OK) {
    return Error{"does not speak Redis' protocol: " + std::string(reader_->errstr)};
  }
  if (reply != nullptr) return std::unique_ptr<RedisReply>(static_cast<RedisReply*>(reply));
  if (AnnouncesTooMuch()) {
    too_large_ = true;
    return Error{"sends a value of more than 16 MiB"};
  }
  return std::unique_ptr<RedisReply>();
}

// The reader waits for the whole of a text. When it stands in one, its buffer begins with the
// length.
bool RedisReplyReader::AnnouncesTooMuch() const {
  if (reader_->ridx < 0 || reader_->rstack[reader_->ridx].type != REDIS_REPLY_STRING) return false;
  std::size_t length = 0;
  for (std::size_t at = reader_->pos; at < reader_->len; ++at) {
    const char digit = reader_->buf[at];
    if (digit < '0' || digit > '9') break;
    length = length * 10 + static_cast<std::size_t>(digit - '0');
    if (length > kMaxTextBytes) return true;
  }
  return false;
}

std::unique_ptr<RedisReply> RedisReplyReader::TakePartial() {
  return std::unique_ptr<RedisReply>(
      static_cast<RedisReply*>(std::exchange(reader_->reply, nullptr)));
}

}  // namespace ringcast
