// Every bound of the daemon in one place, as arithmetic that a reader can add up. Beside each: what
// happens when it is reached.
//
// User memory of a server with S shards, C connections and N channels is at most about
//   S * (kHeadBuffers * kHeadBufferBytes + kLaneEntries * (80 + 64) + rings)     fixed
//   + C * 64                                                                   idle streams
//   + C_multi * K * 32                                                         each further channel
//   + the most handshakes in progress lately * about 2 KiB,                      at least
//   kSpareHandshakes a shard; 26 KiB for those with heads as long as they may be
//   + N * about 240 + names                                                    channels
//   + channels created (max-channels at most) * about 100                      that are created
//   + sum over channels of (history_bytes + kBacklogBytes)                     events kept
//   + stalled streams * at most kMaxRemainderBytes                             only while a frame
//   is cut
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace ringcast::budget {

// --- Lanes -----------------------------------------------------------------------------------
// Entries of a lane between the sequencer and a shard, each way. Full: the sequencer stops taking
// events from publishers until the shard has drained (back-pressure); a shard keeps its message and
// tries again on its next tick.
inline constexpr std::size_t kLaneEntries = 1024;
// A batch of the sequencer fits every lane at once: at most so much from messages of shards, as
// much again from histories that expire, and half a lane from events.
inline constexpr std::size_t kBatchShare = kLaneEntries / 4;

// --- Publishing ------------------------------------------------------------------------------
// Bytes that a channel's head may be ahead of what its shards have flushed to the subscribers that
// keep up. Reached: publishers to that channel wait. One flush of a connection is at most this
// long, so that it fits a fresh socket's buffers.
inline constexpr std::uint64_t kFlowWindowBytes = 64 * 1024;
// Bytes of frames that a publisher may have sent and that are not answered yet, or one frame if
// that is larger. Told to it in the hello. Reached: it is not read, and its socket fills up.
inline constexpr std::uint32_t kReadAheadBytes = 256 * 1024;
// Answers that wait for a publisher to read them. Reached: it is not read either; a batch whose
// answers are longer (about 60 bytes a line) is the last thing it is given before.
inline constexpr std::size_t kMaxAnswerBytes = 1024 * 1024;
// Publishers beyond max-publishers that wait to be told so. More: closed without an answer.
inline constexpr std::uint32_t kMaxTurnedAwayPublishers = 64;
// Idempotency keys that are remembered at a time, about 64 bytes each: 64 MiB. More: the oldest are
// forgotten before their time, and an event sent again under one of them is published again.
inline constexpr std::uint32_t kIdempotencyKeys = 1024 * 1024;
// Of those whose time is over, so many are forgotten in a tick; the rest in the next.
inline constexpr std::uint32_t kExpiredKeysPerTick = 4096;
// Bytes that a publisher over TCP may still send when its connection ends; read and dropped. More:
// closed at once, and it may not see the last answer.
inline constexpr std::size_t kMaxLingerBytes = 4 * 1024 * 1024;
// A shard tells the sequencer about its progress in steps of this.
inline constexpr std::uint64_t kProgressStepBytes = kFlowWindowBytes / 4;

// --- Slow subscribers ------------------------------------------------------------------------
// Bytes kept for subscribers that fell behind, beyond the history. Further behind: a gap.
inline constexpr std::uint64_t kBacklogBytes = 1024 * 1024;
// What is copied aside of a half-sent frame whose segment goes away. Longer: the stream is closed.
inline constexpr std::size_t kMaxRemainderBytes = 16 * 1024;
// One send to a subscriber that catches up. More: the next slice.
inline constexpr std::size_t kCatchUpSendBytes = 64 * 1024;

// --- History ---------------------------------------------------------------------------------
// Bytes by which the logs may exceed history-memory: what has been given up and waits for the
// shards to let go of it. Reached: publishers wait. The block of one event more, 256 KiB or the
// event's size, may come on top.
inline constexpr std::size_t kHistorySlackBytes = 8 * 1024 * 1024;
// Channels looked at in a tick after a reload has changed the bounds of histories; the rest in the
// next.
inline constexpr std::uint32_t kTrimsPerTick = 4096;
// What of a batch may tell shards of given-up history, beyond the shares above.
inline constexpr std::size_t kGiveUpShare = kBatchShare * 3 / 4;

// --- A report for people ---------------------------------------------------------------------
// Channels that the sequencer looks at in a tick, some 50 us. More: the next ticks.
inline constexpr std::uint32_t kReportSlice = 4096;

// --- A tick of a shard -----------------------------------------------------------------------
// Sends prepared for one submission, and submissions' sends before completions are looked at again.
inline constexpr std::size_t kSendsPerSlice = 256;
// Tokens verified in a tick, some 2 ms. More: the next ticks, in the order in which they came.
inline constexpr std::uint32_t kTokensPerTick = 24;
// Timers fired in a tick; the rest fire in the next.
inline constexpr std::size_t kTimersPerTick = 512;
// Slots looked at in a tick after a reload has changed a time; the rest in the next.
inline constexpr std::uint32_t kRetimesPerTick = 4096;

// --- Connections -----------------------------------------------------------------------------
// Provided buffers, only used while a request head is read. None left: the receive is armed again.
inline constexpr std::uint32_t kHeadBuffers = 64;
inline constexpr std::uint32_t kHeadBufferBytes = 2048;
// Handshakes that a shard keeps for newcomers, however few there were lately. Those that it needs
// no more are freed, so many in a tick; the rest in the next.
inline constexpr std::size_t kSpareHandshakes = 64;
inline constexpr std::chrono::milliseconds kHandshakeReview{250};  // lately: one to two of these
inline constexpr std::size_t kHandshakesFreedPerTick = 256;
// After so many the heap's free memory is given back to the kernel; after kSpareHandshakes of them
// when no more than the spare ones are left.
inline constexpr std::size_t kHandshakesPerTrim = 1024;
// Direct slots above a shard's capacity, at least: for connections that are turned away with an
// answer, or are about to be passed on. None left: newcomers wait in the listener's backlog.
inline constexpr std::uint32_t kSpareSlots = 256;
// A shard keeps to a quarter more slots than it holds connections, or to so many: each slot that
// was ever used keeps its memory, 64 bytes and more. Beyond: the lowest free ones are used again.
inline constexpr std::uint32_t kCompactSlots = 2048;
// One-shot accepts of each listener, while a whole backlog may not fit the table.
inline constexpr std::uint32_t kSingleAccepts = 64;
// The same of a listener that all shards share. They take turns by so many, so fewer make for fewer
// connections that are passed on; a tick takes no more from a backlog.
inline constexpr std::uint32_t kSharedAccepts = 16;
// Connections of a shard that are over a limit of their address and wait for their answer, at most,
// and never more than half of the slots above the capacity, so that a flood from one address takes
// no slot from the others. More: closed without an answer.
inline constexpr std::uint32_t kMaxTurnedAway = 1024;
// Addresses whose rate of connections is watched, all in all (16 bytes each, while it is limited).
// More: those that come seldomest are forgotten, and are let in.
inline constexpr std::size_t kTrackedAddresses = 64 * 1024;
// Body of a request for a stream at a route that takes POST, read and dropped. More: 413.
inline constexpr std::size_t kMaxDroppedBodyBytes = 64 * 1024;
// Bytes a client may send after its request; read and dropped. More: closed.
inline constexpr std::uint32_t kMaxStrayBytes = 4096;
// Channels of one stream, at most; max-channels-per-stream may say less. More: 400.
inline constexpr std::size_t kMaxChannelsPerStream = 64;
// Events that a stream's filter passes over in one go, some 50 us. More: the next slice.
inline constexpr std::uint32_t kMostSkippedFrames = 1024;
// Pieces gathered into one send of a stream with many channels, or with a filter.
inline constexpr std::size_t kMaxPieces = 128;

// --- Channels --------------------------------------------------------------------------------
// Buckets that remember the newest dropped id of channels that are gone (8 bytes each). Two names
// in a bucket: the worse case is a false gap, never a silent one.
inline constexpr std::size_t kForgottenBuckets = 64 * 1024;
// Channels that are remembered to have ended (about 48 bytes each). More: the oldest are forgotten,
// and whoever asks for one finds a channel that never was.
inline constexpr std::size_t kEndedChannels = 256 * 1024;
// Of those, given up in a tick because their time is over; the rest in the next.
inline constexpr std::uint32_t kForgottenEndsPerTick = 4096;

}  // namespace ringcast::budget
