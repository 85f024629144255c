// A [[redis]] of the file: a Redis server whose messages and stream entries become events, and the
// rules by which they do.
//
// Threads: a plain value.
// Invariants (of what the loader returns): there is a rule at least; every channel is sound for its
// rule's pattern (protocol/source_template.h); names differ.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "config/redis_address.h"

namespace ringcast {

struct TableSpec;

// What an event is made of; shared by all kinds of rules.
struct RedisEventOptions {
  std::vector<std::string> channels;     // templates: "job:{1}:{field.jobId}"
  std::string event;                     // the type; empty: the default type
  std::string event_field;               // the field that holds the type; empty: `event` holds
  std::string data_field;                // the field that holds the data; empty: all of it
  std::vector<std::string> json_fields;  // put as JSON into the data that is made of all fields

  bool operator==(const RedisEventOptions&) const = default;
};

// [[redis.pubsub]]
struct RedisPubsubOptions : RedisEventOptions {
  std::string subscribe;  // a name, or a glob pattern

  bool operator==(const RedisPubsubOptions&) const = default;
};

enum class RedisStreamStart : std::uint8_t { kLast, kStart };

// [[redis.stream]]
struct RedisStreamOptions : RedisEventOptions {
  std::string key;  // or a glob pattern of keys
  RedisStreamStart from = RedisStreamStart::kLast;

  bool operator==(const RedisStreamOptions&) const = default;
};

// [[redis.bullmq]]: the short form of a stream rule for BullMQ's events.
struct RedisBullmqOptions {
  std::string queue = "*";
  std::string prefix = "bull";
  std::vector<std::string> channels;  // empty: BullmqStreams() says
  RedisStreamStart from = RedisStreamStart::kLast;

  bool operator==(const RedisBullmqOptions&) const = default;
};

struct RedisOptions {
  std::string name = "redis";  // in log and metrics
  RedisAddress address;
  std::string user;  // beats the address's
  std::string password_file;
  std::string position_file;  // empty: $STATE_DIRECTORY/redis-NAME.positions, else none
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(2);
  std::chrono::milliseconds scan_interval = std::chrono::seconds(5);
  std::vector<RedisPubsubOptions> pubsub;
  std::vector<RedisStreamOptions> streams;
  std::vector<RedisBullmqOptions> bullmq;

  bool operator==(const RedisOptions&) const = default;
};

// The rule that the short form stands for: the key PREFIX:QUEUE:events, its type in the field
// `event`, and the channels PREFIX:QUEUE:JOB and PREFIX:QUEUE.
RedisStreamOptions StreamOf(const RedisBullmqOptions& bullmq);

// The first line of the file, without its line break. The error says what keeps it from being read
// or used.
Result<std::string> ReadPassword(const std::string& path);

extern const TableSpec kRedisTable;

}  // namespace ringcast
