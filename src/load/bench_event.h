// The data of an event in a benchmark: {"seq":<n>,"t_ns":<t>,"pad":"xxx"}. `seq` counts from 1;
// `t_ns` is CLOCK_MONOTONIC at the moment when the event was meant to be sent, in nanoseconds. With
// many channels `seq` counts on each by itself, and the pad begins with the channel's number and a
// dot: "pad":"17.xxx".
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

// Ends the channel's number.
inline constexpr char kBenchChannelEnd = '.';
// The channel of an event that tells none.
inline constexpr std::uint32_t kNoChannel = UINT32_MAX;

// Bytes: the longest numbers fit, with an empty pad; and with a channel.
inline constexpr std::size_t kMinPayloadBytes = 64;
inline constexpr std::size_t kMinChannelPayloadBytes = kMinPayloadBytes + 11;

// Replaces `out` by the data of event `seq`. REQUIRES: t_ns >= 0 and payload_bytes >=
// kMinPayloadBytes, or kMinChannelPayloadBytes with a channel.
void WriteBenchEvent(std::string& out, std::uint64_t seq, std::int64_t t_ns,
                     std::size_t payload_bytes, std::uint32_t channel = kNoChannel);

}  // namespace ringcast
