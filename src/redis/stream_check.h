// Whether entries of a stream went away before they were read: what the server tells of the stream
// (XINFO STREAM), held against how far it has been read. Pure.
//
// Since Redis 7 a stream counts the entries that were ever added to it. Those that are gone are the
// difference to its length; when more are gone than were read, some were lost, and when the reader
// stands at the end and has counted fewer than were added, some were lost in between. Before
// Redis 7 an entry that follows the position while the position itself is gone is taken for a loss:
// it may be none.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>

#include "redis/positions.h"
#include "redis/reply.h"

namespace ringcast {

// What XINFO STREAM tells.
struct StreamInfo {
  std::uint64_t length = 0;
  StreamId last;                       // the newest id ever given
  std::optional<std::uint64_t> added;  // entries ever; nothing before Redis 7
  std::optional<StreamId> first;       // the oldest entry, when there is one
};

// Nothing when the reply is another one.
std::optional<StreamInfo> ReadStreamInfo(const RedisReply& reply);

// How far a stream has been read.
struct StreamProgress {
  RedisPosition read;
  StreamId checked;  // what was read when it was last checked; for servers that do not count

  bool operator==(const StreamProgress&) const = default;
};

struct StreamVerdict {
  bool lost = false;
  bool another = false;  // it was deleted and made anew with lower ids: to be read from its start
};

// Brings the progress up to date with what is told of the stream.
StreamVerdict CheckStream(const StreamInfo& info, StreamProgress& progress);

}  // namespace ringcast
