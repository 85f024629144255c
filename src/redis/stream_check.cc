#include "redis/stream_check.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace ringcast {
namespace {

// An entry is [id, [field, value, ...]].
std::optional<StreamId> IdOfEntry(const RedisReply& entry) {
  if (!entry.is_array() || entry.items.empty()) return std::nullopt;
  return StreamId::Parse(entry.items[0]->text);
}

std::uint64_t CountOf(const RedisReply& reply) {
  return reply.integer > 0 ? static_cast<std::uint64_t>(reply.integer) : 0;
}

// The server counts, and so does the reader.
bool LostByCount(const StreamInfo& info, std::uint64_t gone, StreamProgress& progress) {
  std::uint64_t& read = *progress.read.added;
  const bool at_end = info.last == progress.read.id;
  if (*info.added < read) {
    // Another stream of the same name; what of it has been read is known at its end alone.
    progress.read.added.reset();
    if (at_end) progress.read.added = info.added;
    return true;
  }
  const bool lost = gone > read || (at_end && *info.added > read);
  if (!lost) return false;
  if (at_end) {
    read = *info.added;
  } else if (!info.first || *info.first > progress.read.id) {
    read = gone;  // all that is left is to be read
  } else {
    progress.read.added.reset();  // known again at the end
  }
  return true;
}

}  // namespace

std::optional<StreamInfo> ReadStreamInfo(const RedisReply& reply) {
  if (!reply.is_array()) return std::nullopt;
  StreamInfo info;
  bool has_last = false;
  for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
    const std::string_view name = reply.items[i]->text;
    const RedisReply& value = *reply.items[i + 1];
    if (name == "length") {
      info.length = CountOf(value);
    } else if (name == "last-generated-id") {
      const std::optional<StreamId> last = StreamId::Parse(value.text);
      if (!last) return std::nullopt;
      info.last = *last;
      has_last = true;
    } else if (name == "entries-added") {
      info.added = CountOf(value);
    } else if (name == "first-entry") {
      info.first = IdOfEntry(value);
    }
  }
  if (!has_last) return std::nullopt;
  return info;
}

StreamVerdict CheckStream(const StreamInfo& info, StreamProgress& progress) {
  const StreamId read = progress.read.id;
  const StreamId checked = std::exchange(progress.checked, read);
  if (info.last < read) {
    progress = {.read = {.id = {}, .added = {}}, .checked = {}};
    if (info.added) progress.read.added = *info.added - std::min(info.length, *info.added);
    return {.lost = true, .another = true};
  }
  const bool position_is_gone =
      checked != StreamId{} && info.last != checked && (!info.first || *info.first > checked);
  if (!info.added) return {.lost = position_is_gone};

  const std::uint64_t gone = *info.added - std::min(info.length, *info.added);
  if (progress.read.added) return {.lost = LostByCount(info, gone, progress)};
  // The count begins where it can be told.
  if (info.last == read) {
    progress.read.added = info.added;
  } else if (read == StreamId{}) {
    progress.read.added = gone;
  }
  return {.lost = position_is_gone};
}

}  // namespace ringcast
