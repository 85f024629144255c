// Reads an event stream whose events are the lines of a text, and compares as it reads: nothing of
// the stream is kept. For thousands of streams in one test, so it is fast and small; written for
// this alone, apart from the product's decoders.
//
// It takes what the daemon sends: chunked framing, lines that end with LF, one data line an event.
// Anything else is an error that names the place.
//
// Threads: a plain value.
// Invariants: after an error nothing more is taken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast::test {

class TextFollower {
 public:
  // Compares with `text`, which outlives it; each line of it ends with LF.
  explicit TextFollower(std::string_view text) : text_(text) {}

  void Take(std::string_view bytes);

  bool connected() const { return connected_; }  // the response is right, and `connected` has come
  std::uint64_t lines() const { return lines_; }
  bool complete() const { return why_.empty() && connected_ && at_ == text_.size(); }
  const std::string& why() const { return why_; }  // what is wrong; empty: nothing

 private:
  enum class Part : std::uint8_t { kHead, kChunkSize, kChunk, kChunkEnd };

  bool TakeHead(std::string_view& bytes);
  bool TakeChunkSize(std::string_view& bytes);
  bool TakeChunkEnd(std::string_view& bytes);
  bool TakePayload(std::string_view payload);
  bool TakeLine(std::string_view line);
  bool EndEvent();
  bool Fail(const std::string& why);

  std::string_view text_;
  std::size_t at_ = 0;  // the next line of the text begins here
  std::uint64_t lines_ = 0;
  std::string held_;  // the head, or the part of a line that came in earlier pieces
  std::string type_;
  std::string why_;
  std::size_t chunk_left_ = 0;
  Part part_ = Part::kHead;
  std::uint8_t digits_ = 0;  // of the chunk's size, or bytes of the chunk's end
  bool has_data_ = false;
  bool connected_ = false;
};

}  // namespace ringcast::test
