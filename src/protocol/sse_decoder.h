// An incremental decoder of event streams, as the HTML standard 9.2.6 interprets them: a leading
// BOM is dropped, lines end with LF, CRLF or CR, an id with NUL is ignored, retry takes digits
// only, a block without data fires nothing but does move the id. Used by clients and tests; bytes
// may come in pieces cut anywhere.
//
// Threads: one decoder belongs to one stream, and so to one thread.
// Invariants: the same events come out wherever the input is cut. An event fires as soon as the
// first byte of its blank line's end is there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringcast {

// The views are valid until the callback returns.
struct DecodedEvent {
  std::string_view type;  // "message" when the stream gave none
  std::string_view data;
  std::string_view last_event_id;  // of this event, or carried over from one before it
};

class SseDecoder {
 public:
  // Bytes: the most that one line, or the data of one event, may hold before the stream is given
  // up. Above what kHardMaxDataSize can become on the wire.
  static constexpr std::size_t kMaxHeld = std::size_t{128} << 20;

  // Decodes `bytes` and calls on_event(const DecodedEvent&) for each event they complete. Returns
  // false when the stream holds more than kMaxHeld at once; nothing is decoded after that.
  template <class Fn>
  bool Feed(std::string_view bytes, Fn&& on_event) {
    while (TakeLine(bytes)) {
      on_event(DecodedEvent{type_.empty() ? std::string_view("message") : std::string_view(type_),
                            std::string_view(data_).substr(0, data_.size() - 1), last_event_id_});
      type_.clear();
      data_.clear();
    }
    return !overflowed_;
  }

  // Forgets everything but the last event id and the retry time: the next bytes start a new stream.
  void StartStream();

  // The id to resume with; moves at blank lines only.
  std::string_view last_event_id() const { return last_event_id_; }
  void set_last_event_id(std::string_view id) { last_event_id_ = id_buffer_ = id; }

  // Milliseconds of the last valid retry field; saturates at 2^64 - 1.
  std::optional<std::uint64_t> retry_ms() const { return retry_ms_; }
  std::uint64_t comments() const { return comments_; }  // comment lines seen

 private:
  // Eats lines from the front of `bytes` until one of them completes an event (true) or none is
  // left.
  bool TakeLine(std::string_view& bytes);
  bool EndOfLine(std::string_view line);
  void Field(std::string_view name, std::string_view value);

  std::string line_;  // the part of the current line that came in earlier pieces
  std::string type_;
  std::string data_;  // with LF after each line, as in the standard
  std::string id_buffer_;
  std::string last_event_id_;
  std::optional<std::uint64_t> retry_ms_;
  std::uint64_t comments_ = 0;
  bool first_line_ = true;
  bool after_cr_ = false;  // a LF that comes next belongs to the CR before it
  bool overflowed_ = false;
};

}  // namespace ringcast
