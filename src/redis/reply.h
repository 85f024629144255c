// What a Redis server answers, as a tree, and the reader that makes it of bytes (hiredis' reader,
// which knows the protocol). Bytes in, replies out; no I/O.
//
// Threads: one at a time.
// Invariants: a reply holds at most kMaxReplyBytes of texts: what goes beyond, and any text larger
// than kMaxTextBytes, is dropped as it comes and marked. A text that is announced with more than
// kMaxTextBytes is not even gathered: it ends the reader as soon as its length is there.
#pragma once

#include <hiredis/read.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "protocol/event.h"

namespace ringcast {

struct RedisReply {
  enum class Kind { kNil, kInteger, kStatus, kError, kText, kArray };
  enum class Dropped { kNot, kTooLarge, kNoRoom };

  Kind kind = Kind::kNil;
  Dropped dropped = Dropped::kNot;  // `text` is empty then
  std::string text;                 // kStatus, kError, kText
  long long integer = 0;
  std::size_t announced = 0;  // of kArray: how many there will be when it is whole
  std::vector<std::unique_ptr<RedisReply>> items;

  bool is_error() const { return kind == Kind::kError; }
  bool is_array() const { return kind == Kind::kArray; }
  bool is_text() const { return kind == Kind::kText || kind == Kind::kStatus; }
  bool whole() const { return items.size() == announced; }
};

// Why a connection is of no use: an answer of another kind than the command has, and an error.
Error NoAnswerTo(std::string_view command);
Error RefusalOf(std::string_view command, const RedisReply& error);

class RedisReplyReader {
 public:
  // The largest data of an event, whatever the options say.
  static constexpr std::size_t kMaxTextBytes = kHardMaxDataSize;
  static constexpr std::size_t kMaxReplyBytes = std::size_t{32} << 20;

  RedisReplyReader();
  RedisReplyReader(RedisReplyReader&&) = default;
  RedisReplyReader& operator=(RedisReplyReader&&) = default;

  // The error says that these are no bytes of the protocol. After an error only TakePartial() may
  // be called.
  Status Feed(std::string_view bytes);
  // The next whole reply; null when it is still on its way. Errors as above, or too_large().
  Result<std::unique_ptr<RedisReply>> Next();
  // Whether it ended because of a text that was announced with too many bytes.
  bool too_large() const { return too_large_; }
  // As much of the reply on its way as is there; null when none has begun.
  std::unique_ptr<RedisReply> TakePartial();

 private:
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  bool AnnouncesTooMuch() const;

  std::unique_ptr<redisReader, Free> reader_;
  std::unique_ptr<std::size_t> held_;  // bytes of texts in the reply on its way
  bool too_large_ = false;
};

}  // namespace ringcast
