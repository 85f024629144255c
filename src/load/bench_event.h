// The data of an event in a benchmark: {"seq":<n>,"t_ns":<t>,"pad":"xxx"}. `seq` counts from 1;
// `t_ns` is CLOCK_MONOTONIC at the moment when the event was meant to be sent, in nanoseconds.
//
// Threads: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast {

// The shape, for those who read it.
inline constexpr std::string_view kBenchEventStart = "{\"seq\":";
inline constexpr std::string_view kBenchEventMiddle = ",\"t_ns\":";
inline constexpr std::string_view kBenchEventPad = ",\"pad\":\"";
inline constexpr std::string_view kBenchEventEnd = "\"}";

// Bytes: the longest numbers fit, with an empty pad.
inline constexpr std::size_t kMinPayloadBytes = 64;

// Replaces `out` by the data of event `seq`. REQUIRES: payload_bytes >= kMinPayloadBytes, t_ns >=
// 0.
void WriteBenchEvent(std::string& out, std::uint64_t seq, std::int64_t t_ns,
                     std::size_t payload_bytes);

}  // namespace ringcast
