#include "config/redis_tables.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/units.h"
#include "config/option_parsers.h"

namespace ringcast {

namespace option_parsers {
template <>
RedisOptions& RowOf<RedisOptions>(ServeOptions& options) {
  return options.redis.back();
}
template <>
RedisPubsubOptions& RowOf<RedisPubsubOptions>(ServeOptions& options) {
  return options.redis.back().pubsub.back();
}
template <>
RedisStreamOptions& RowOf<RedisStreamOptions>(ServeOptions& options) {
  return options.redis.back().streams.back();
}
template <>
RedisBullmqOptions& RowOf<RedisBullmqOptions>(ServeOptions& options) {
  return options.redis.back().bullmq.back();
}
}  // namespace option_parsers

namespace {

using namespace option_parsers;  // NOLINT: the tables below are made of them

using K = ValueKind;
constexpr Presence kOptional = Presence::kOptional;
constexpr Presence kRequired = Presence::kRequired;

template <class Row, auto kMember>
Status StoreText(std::string_view text, ServeOptions& options) {
  RowOf<Row>(options).*kMember = text;
  return Done{};
}
template <class Row, auto kMember>
Status AddText(std::string_view text, ServeOptions& options) {
  (RowOf<Row>(options).*kMember).emplace_back(text);
  return Done{};
}
template <class Row, auto kMember>
void ClearTexts(ServeOptions& options) {
  (RowOf<Row>(options).*kMember).clear();
}
template <auto kRules>
void AddRule(ServeOptions& options) {
  (options.redis.back().*kRules).emplace_back();
}

// It stands in the log, in metrics and in a file's name.
Status ParseName(std::string_view text, ServeOptions& options) {
  constexpr std::size_t kMaxNameBytes = 64;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
  if (text.empty() || text.size() > kMaxNameBytes || !plain) {
    return Error{Quoted(text) + " is no name of a source; write 1 to 64 of A-Z a-z 0-9 - _"};
  }
  RowOf<RedisOptions>(options).name = text;
  return Done{};
}

Status ParseUrl(std::string_view text, ServeOptions& options) {
  Result<RedisAddress> address = ParseRedisAddress(text);
  if (!address) return address.error();
  // Of a UNIX socket the database may stand in a key of its own, before this one or behind it.
  RedisAddress& stored = RowOf<RedisOptions>(options).address;
  if (!address->path.empty()) address->database = stored.database;
  stored = std::move(*address);
  return Done{};
}

Status ParseDatabase(std::string_view text, ServeOptions& options) {
  constexpr std::uint64_t kMost = 1'000'000;
  const Result<std::uint64_t> number = ParseCount(text);
  if (!number) return number.error();
  if (*number > kMost) return OutOfRange(text, RangeWords("0", std::to_string(kMost), Zero::kOff));
  RowOf<RedisOptions>(options).address.database = static_cast<std::uint32_t>(*number);
  return Done{};
}

template <class Row>
Status ParseFrom(std::string_view text, ServeOptions& options) {
  if (text == "last") {
    RowOf<Row>(options).from = RedisStreamStart::kLast;
  } else if (text == "start") {
    RowOf<Row>(options).from = RedisStreamStart::kStart;
  } else {
    return Error{Quoted(text) +
                 " is no place to begin; write last, for what comes from now on, "
                 "or start, for all that is there"};
  }
  return Done{};
}

template <class Row>
constexpr TableKey ChannelKey(std::string_view placeholder, std::string_view help) {
  return {"channel",
          placeholder,
          "",
          help,
          K::kText,
          kRequired,
          AddText<Row, &Row::channels>,
          ClearTexts<Row, &Row::channels>};
}
template <class Row>
constexpr TableKey EventKey() {
  return {"event",  "TYPE",    "the default type",          "Type of the events",
          K::kText, kOptional, StoreText<Row, &Row::event>, nullptr};
}
template <class Row>
constexpr TableKey EventFieldKey(std::string_view help) {
  return {"event-field", "FIELD", "", help, K::kText, kOptional, StoreText<Row, &Row::event_field>,
          nullptr};
}
template <class Row>
constexpr TableKey DataFieldKey(std::string_view whole, std::string_view help) {
  return {"data-field", "FIELD", whole, help, K::kText, kOptional, StoreText<Row, &Row::data_field>,
          nullptr};
}
template <class Row>
constexpr TableKey FromKey() {
  return {"from",
          "last|start",
          "last",
          "Where a stream is read from that has no saved position: what comes from now on, or all "
          "that is there; one that comes into being later is read from its start",
          K::kChoice,
          kOptional,
          ParseFrom<Row>,
          nullptr};
}

using P = RedisPubsubOptions;
constexpr std::array kPubsubKeys{
    TableKey{"subscribe", "\"user:*\"", "",
             "Redis channel to subscribe to, or a pattern of such (*, ?, [abc])", K::kText,
             kRequired, StoreText<P, &P::subscribe>, nullptr},
    ChannelKey<P>("\"user:{1}\"",
                  "Channels that a message goes to; {0} is the Redis channel's whole name, {1} and "
                  "on what the stars stood for, {field.x} the member x of a JSON message"),
    EventKey<P>(),
    EventFieldKey<P>("Member of the JSON message that holds the type"),
    DataFieldKey<P>("the whole message", "Member of the JSON message that holds the data"),
};

using S = RedisStreamOptions;
constexpr std::array kStreamKeys{
    TableKey{"key", "\"orders\"", "",
             "Key of the stream, or a pattern of keys; new ones are found every scan-interval",
             K::kText, kRequired, StoreText<S, &S::key>, nullptr},
    ChannelKey<S>("\"order:{field.id}\"",
                  "Channels that an entry goes to; {0} is the whole key, {1} and on what the stars "
                  "stood for, {field.x} the entry's field x; one whose field an entry does not "
                  "have is left out"),
    EventKey<S>(),
    EventFieldKey<S>("Field of the entry that holds the type"),
    DataFieldKey<S>("all fields, as a JSON object", "Field of the entry that holds the data"),
    TableKey{"json-fields", "[\"payload\"]", "",
             "Fields that hold JSON, which stands in the object as it is and not as a text",
             K::kText, kOptional, AddText<S, &S::json_fields>, ClearTexts<S, &S::json_fields>},
    FromKey<S>(),
};

using B = RedisBullmqOptions;
constexpr std::array kBullmqKeys{
    TableKey{"queue", "\"video\"", "* (all)", "Queue, or a pattern of queues", K::kText, kOptional,
             StoreText<B, &B::queue>, nullptr},
    TableKey{"prefix", "\"bull\"", "bull", "Prefix that the queue was made with", K::kText,
             kOptional, StoreText<B, &B::prefix>, nullptr},
    TableKey{"channel", "\"job:{field.jobId}\"", "bull:QUEUE:{field.jobId} and bull:QUEUE",
             "Channels that an event of the queue goes to", K::kText, kOptional,
             AddText<B, &B::channels>, ClearTexts<B, &B::channels>},
    FromKey<B>(),
};

using R = RedisOptions;
constexpr std::array kRedisKeys{
    TableKey{"name", "\"main\"", "redis", "What log and metrics call it", K::kText, kOptional,
             ParseName, nullptr},
    TableKey{"url", "\"redis://127.0.0.1:6379/0\"", "",
             "The server: redis://[USER@]HOST[:PORT][/DATABASE] or unix:PATH; TLS takes stunnel",
             K::kText, kRequired, ParseUrl, nullptr},
    TableKey{"database", "NUMBER", "that of the url, else 0", "Database of a server at unix:PATH",
             K::kCount, kOptional, ParseDatabase, nullptr},
    TableKey{"user", "NAME", "that of the url, else the default user", "ACL user", K::kText,
             kOptional, StoreText<R, &R::user>, nullptr},
    TableKey{"password-file", "PATH", "no password",
             "File whose first line is the password; read again for each connection", K::kPath,
             kOptional, StoreText<R, &R::password_file>, nullptr},
    TableKey{"connect-timeout", "TIME", "2s", "Longest wait for a connection to be made",
             K::kDuration, kOptional,
             ParseDurationInto<&R::connect_timeout, 100, 60'000, Zero::kRefused>, nullptr},
    TableKey{"position-file", "PATH", "redis-NAME.positions in $STATE_DIRECTORY, else none",
             "File in which it is kept how far streams have been read", K::kPath, kOptional,
             StoreText<R, &R::position_file>, nullptr},
    TableKey{"scan-interval", "TIME", "5s", "How often new keys of a pattern are looked for",
             K::kDuration, kOptional,
             ParseDurationInto<&R::scan_interval, 100, 3'600'000, Zero::kRefused>, nullptr},
};

constexpr std::array<const TableSpec*, 3> kInnerTables{&kRedisPubsubTable, &kRedisStreamTable,
                                                       &kRedisBullmqTable};

}  // namespace

constinit const TableSpec kRedisPubsubTable{.name = "pubsub",
                                            .help = "Messages of Redis channels that become events",
                                            .keys = kPubsubKeys,
                                            .tables = {},
                                            .add = AddRule<&R::pubsub>,
                                            .check = nullptr,
                                            .same = nullptr,
                                            .count = nullptr};

constinit const TableSpec kRedisStreamTable{
    .name = "stream",
    .help = "Entries of Redis streams that become events, each once",
    .keys = kStreamKeys,
    .tables = {},
    .add = AddRule<&R::streams>,
    .check = nullptr,
    .same = nullptr,
    .count = nullptr};

constinit const TableSpec kRedisBullmqTable{
    .name = "bullmq",
    .help = "Events of BullMQ's queues: a stream rule in short",
    .keys = kBullmqKeys,
    .tables = {},
    .add = AddRule<&R::bullmq>,
    .check = nullptr,
    .same = nullptr,
    .count = nullptr};

constinit const TableSpec kRedisTable{
    .name = "redis",
    .help = "A Redis server whose messages and stream entries become events",
    .keys = kRedisKeys,
    .tables = kInnerTables,
    .add = RowsOf<&ServeOptions::redis>::Add,
    .check = CheckRedis,
    .same = RowsOf<&ServeOptions::redis>::Same,
    .count = RowsOf<&ServeOptions::redis>::Count};

}  // namespace ringcast
