// How a StreamReader takes entries out of answers, gives them to the feed, and moves positions.
#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "redis/stream_reader.h"

namespace ringcast {
namespace {

// The fields of an entry. Nothing: one of them was dropped.
std::optional<SourceFields> FieldsOf(const RedisReply& list, RedisReply::Dropped& dropped) {
  SourceFields fields;
  for (std::size_t i = 0; i + 1 < list.items.size(); i += 2) {
    for (const RedisReply* part : {list.items[i].get(), list.items[i + 1].get()}) {
      if (part->dropped == RedisReply::Dropped::kNot) continue;
      dropped = part->dropped;
      return std::nullopt;
    }
    fields.emplace_back(list.items[i]->text, list.items[i + 1]->text);
  }
  return fields;
}

bool IsPair(const RedisReply& reply) { return reply.is_array() && reply.items.size() == 2; }

}  // namespace

Status StreamReader::OnRead(const RedisReply& reply) {
  if (reply.kind == RedisReply::Kind::kNil) return Done{};
  if (reply.is_error()) {
    if (!reply.text.starts_with("WRONGTYPE")) return RefusalOf("XREAD", reply);
    // One of them is no stream any more, and the answer does not say which.
    for (const auto& [key, stream] : streams_) candidates_.emplace_back(key, false);
    return Done{};
  }
  if (!reply.is_array()) return NoAnswerTo("XREAD");
  bool any = false;
  for (const std::unique_ptr<RedisReply>& item : reply.items) {
    if (!IsPair(*item) || !item->items[0]->is_text()) {
      // Cut off by a value that is too large: no entry of it has come.
      if (!reply.whole()) break;
      return NoAnswerTo("XREAD");
    }
    Stream* stream = Find(item->items[0]->text);
    if (stream == nullptr) return NoAnswerTo("XREAD");
    if (Status taken = TakeEntries(*stream, *item->items[1], any); !taken) return taken;
  }
  return Done{};
}

// `any`: whether an entry of this answer has been taken.
Status StreamReader::TakeEntries(Stream& stream, const RedisReply& entries, bool& any) {
  for (const std::unique_ptr<RedisReply>& entry : entries.items) {
    const bool begun = entry->is_array() && !entry->items.empty();
    const std::optional<StreamId> id =
        begun ? StreamId::Parse(entry->items[0]->text) : std::nullopt;
    if (!id) {
      // The rest is asked for again.
      const bool no_room = begun && entry->items[0]->dropped == RedisReply::Dropped::kNoRoom && any;
      if (no_room || !entry->whole()) return Done{};
      return NoAnswerTo("XREAD");
    }
    if (*id <= stream.progress.read.id) return Error{"answers XREAD with entries out of order"};
    RedisReply::Dropped dropped = RedisReply::Dropped::kNot;
    std::optional<SourceFields> fields;
    if (IsPair(*entry) && entry->items[1]->whole()) {
      fields = FieldsOf(*entry->items[1], dropped);
      if (dropped == RedisReply::Dropped::kNoRoom && any) return Done{};
    }
    any = true;
    stream.progress.read.id = *id;
    if (stream.progress.read.added) ++*stream.progress.read.added;
    stream.unchecked = true;
    ++stream.unanswered;
    ++stream.on_their_way;
    entries_.push_back({&stream, *id, std::move(fields)});
  }
  return Done{};
}

void StreamReader::OnTooLarge(std::unique_ptr<RedisReply> partial) {
  if (questions_.empty()) return;
  const Question& question = questions_.front();
  if (question.asked == Asked::kRead && partial) {
    // Everything up to the entry that holds the value; that one without its fields.
    (void)OnRead(*partial);
  } else if (Stream* stream = Find(question.key)) {
    // Its first or last entry is larger than anything that is read.
    stream->unaskable = true;
    if (std::exchange(stream->unresolved, false)) {
      const auto now = std::chrono::system_clock::now().time_since_epoch();
      stream->progress.read.id.ms =
          static_cast<std::uint64_t>(std::chrono::duration_cast<Millis>(now).count());
      Keep(*stream);
    }
  }
}

void StreamReader::GiveEntries() {
  while (!entries_.empty() && feed_.HasRoom()) {
    const Entry entry = std::move(entries_.front());
    entries_.pop_front();
    Give(entry);
  }
}

void StreamReader::Give(const Entry& entry) {
  Stream& stream = *entry.stream;
  const std::string what = stream.key + " " + entry.id.ToString();
  for (const auto& [rule, captures] : stream.rules) {
    if (!entry.fields) {
      feed_.Refuse(RedisRefusal::kTooLarge, what);
      continue;
    }
    const RuleOutcome outcome = rule->Apply(captures, *entry.fields);
    if (const auto* event = std::get_if<SourcedEvent>(&outcome)) {
      feed_.Give(RedisEventKind::kStream, *event);
    } else {
      feed_.Refuse(std::get<RedisRefusal>(outcome), what);
    }
  }
  feed_.Mark([this, &stream, id = entry.id, generation = stream.generation] {
    OnAnswered(stream, id, generation);
  });
}

void StreamReader::OnAnswered(Stream& stream, StreamId id, std::uint64_t generation) {
  --stream.on_their_way;
  if (generation != stream.generation) return;
  --stream.unanswered;
  positions_.streams[stream.key].id = id;
  Keep(stream);
}

// What is kept is where the next run begins: behind the last entry that was answered.
void StreamReader::Keep(const Stream& stream) {
  RedisPosition& kept = positions_.streams[stream.key];
  if (stream.unanswered == 0) kept.id = stream.progress.read.id;
  kept.added = stream.progress.read.added;
  if (kept.added) *kept.added -= std::min(stream.unanswered, *kept.added);
}

}  // namespace ringcast
