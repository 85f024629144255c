#include "event_text.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace bare {
namespace {

// Numbers within a run have this many digits from the first to the last, so that all ids have one
// length: 1000000001, 1000000002, ...
constexpr std::uint64_t kFirstNumber = 1'000'000'000;
constexpr std::size_t kIdBytes = 13 + 1 + 10;  // milliseconds have 13 digits until the year 2286
constexpr std::size_t kFieldBytes = 4 + kIdBytes + 1 + 6 + 2;  // "id: ", LF, "data: ", LF, LF

}  // namespace

std::string_view StreamHead() {
  return "HTTP/1.1 200 OK\r\n"
         "Content-Type: text/event-stream\r\n"
         "Cache-Control: no-cache, no-transform\r\n"
         "Transfer-Encoding: chunked\r\n"
         "\r\n"
         "35\r\n"
         "event: connected\nretry: 3000\ndata: {\"start\":\"live\"}\n\n"
         "\r\n";
}

std::string_view HeartbeatText() { return "2\r\n:\n\r\n"; }

EventText::EventText(std::size_t payload_bytes)
    : payload_bytes_(payload_bytes), block_bytes_(kFieldBytes + payload_bytes) {
  frame_bytes_ = static_cast<std::size_t>(std::snprintf(nullptr, 0, "%zx\r\n", block_bytes_)) +
                 block_bytes_ + 2;
}

void EventText::Write(char* out, std::uint64_t seq, std::int64_t mono_ns,
                      std::int64_t unix_ms) const {
  char start[128];
  const int fields = std::snprintf(start, sizeof start,
                                   "%zx\r\nid: %013" PRId64 "-%010" PRIu64 "\ndata: ", block_bytes_,
                                   unix_ms, kFirstNumber + seq);
  std::memcpy(out, start, static_cast<std::size_t>(fields));
  char* const payload = out + fields;
  const int numbers = std::snprintf(
      start, sizeof start, "{\"seq\":%" PRIu64 ",\"t_ns\":%" PRId64 ",\"pad\":\"", seq, mono_ns);
  std::memcpy(payload, start, static_cast<std::size_t>(numbers));
  std::memset(payload + numbers, 'x', payload_bytes_ - static_cast<std::size_t>(numbers) - 2);
  std::memcpy(payload + payload_bytes_ - 2, "\"}\n\n\r\n", 6);
}

}  // namespace bare
