// An incremental, strict decoder of HTTP/1.1's chunked coding (RFC 9112 section 7.1). Strict: every
// line ends with CRLF, a size is 1 to 15 hex digits right at the start of its line, extensions are
// at most 256 bytes without control characters, trailers at most 8 KiB and dropped. Any doubt ends
// the stream: there is no resynchronising.
//
// Threads: one decoder belongs to one body, and so to one thread.
// Invariants: the same bytes come out wherever the input is cut; once broken, always broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ringcast {

class ChunkedDecoder {
 public:
  enum class Status : std::uint8_t {
    kNeedMore,  // everything was consumed
    kData,      // `data` is the next part of the body; call again with the rest
    kEnd,  // the last chunk and the trailers are over; bytes after `consumed` are not the body's
    kBroken,
  };

  struct Step {
    Status status = Status::kNeedMore;
    std::size_t consumed = 0;
    std::string_view data;  // points into what was given
  };

  Step Next(std::string_view available);

  // Bytes of data that the current chunk's size line has announced and that have not come yet.
  std::uint64_t announced() const { return state_ == State::kData ? left_ : 0; }

 private:
  enum class State : std::uint8_t {
    kSize,       // before or among the digits
    kExtension,  // after `;`
    kSizeLf,     // after the CR of the size line
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,  // at the start of a line after the last chunk
    kTrailer,       // within a trailer line
    kTrailerLf,     // after the CR of a trailer line
    kEndLf,         // after the CR of the empty line
    kEnd,
    kBroken,
  };

  State Advance(unsigned char c);  // every state but kData, kEnd and kBroken

  State state_ = State::kSize;
  std::uint64_t left_ = 0;    // bytes of the current chunk
  std::uint32_t digits_ = 0;  // of the current size
  std::uint32_t extra_ = 0;   // bytes of the extension or of all trailers
};

}  // namespace ringcast
