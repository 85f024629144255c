// Takes HTTP/1.1's chunked framing off (RFC 9112, 7.1), piece by piece. Strict: what a sender must
// not produce is an error, for this judges a server. Written apart from the server's own code, so
// that the two cannot share a mistake.
//
// Threads: a plain value.
// Invariants: after kBroken nothing more is taken; after kComplete the rest of the input is left
// alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast::test {

class ChunkedDecoder {
 public:
  enum class State { kOpen, kComplete, kBroken };

  // Takes input, appends the payload to `out`, gives the number of input bytes used: all of them,
  // but for those after the last chunk or after the place where the framing broke.
  std::size_t Feed(std::string_view input, std::string& out);

  State state() const;
  // Whether the input so far ends between two chunks.
  bool AtChunkBoundary() const { return step_ == Step::kSize && digits_ == 0; }
  // Chunks that held data; the last chunk does not count.
  std::uint64_t chunks() const { return chunks_; }
  // The reason, when broken.
  const std::string& why() const { return why_; }

 private:
  enum class Step {
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kEndLf,
    kDone,
    kBroken
  };

  bool Take(char c);
  bool Break(std::string_view why);

  Step step_ = Step::kSize;
  std::uint64_t left_ = 0;  // bytes of the current chunk's data still to come
  int digits_ = 0;          // of the chunk size
  std::uint64_t chunks_ = 0;
  std::string why_;
};

}  // namespace ringcast::test
