// An event as a publisher gives it, before it has an id: a type and data, both borrowed bytes.
//
// Threads: any; plain values and pure functions.
// Invariants: an event for which ValidateEvent() answered kNone can be written as SSE and comes out
// of any conforming decoder as it went in, except that every line break of the data (LF, CRLF, CR)
// is LF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcast {

struct Event {
  std::string_view type;  // empty: the default type, which clients call "message"
  std::string_view data;  // any valid UTF-8, NUL and a leading U+FEFF included
};

// Bytes. A type's length is one byte in the publish protocol.
inline constexpr std::size_t kMaxEventTypeSize = 255;
// Bytes of data unless configured otherwise.
inline constexpr std::size_t kDefaultMaxDataSize = std::size_t{1} << 20;
// Bytes: the most that max_data may be configured to. Keeps every size of a frame within 32 bits,
// since a data byte becomes at most seven on the wire (a line break becomes `data: ` and its LF).
inline constexpr std::size_t kHardMaxDataSize = std::size_t{16} << 20;

enum class EventError : std::uint8_t {
  kNone,
  kTypeHasControl,  // a C0 or C1 control or DEL: would break the line or hide in a log
  kTypeNotUtf8,
  kTypeTooLong,  // over kMaxEventTypeSize
  kDataNotUtf8,  // an SSE stream is UTF-8 by definition (HTML standard 9.2.5)
  kDataTooLarge,
};

// Checks the type, then the data against `max_data` bytes, then that it is UTF-8.
EventError ValidateEvent(const Event& event, std::size_t max_data);

// A sentence for the publisher; static text, empty for kNone.
std::string_view Describe(EventError error);

}  // namespace ringcast
