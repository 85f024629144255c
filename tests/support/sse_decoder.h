// Interprets an event stream as a browser does (HTML standard, 9.2.5 and 9.2.6), piece by piece,
// and counts what a browser ignores. Written apart from the server's own encoder, so that the two
// cannot share a mistake. It does not replace invalid UTF-8: bytes come out as they went in.
//
// Threads: a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace ringcast::test {

struct SseEvent {
  std::string id;                      // the stream's last event id when this one was dispatched
  bool has_id = false;                 // whether this block carried an id field itself
  std::string type = "message";        // as a listener is called
  std::string data;                    // lines joined by LF
  std::optional<std::uint64_t> retry;  // milliseconds, when this block carried it
};

class SseDecoder {
 public:
  // `last_event_id`: of the stream that this one goes on with.
  explicit SseDecoder(std::string_view last_event_id = {})
      : id_buffer_(last_event_id), last_event_id_(last_event_id) {}

  // Takes any piece of the stream; whole events go to the end of the queue.
  void Feed(std::string_view bytes);

  // The oldest event not taken yet.
  std::optional<SseEvent> Next();

  // What a reconnecting browser would send as Last-Event-ID; empty: nothing.
  const std::string& last_event_id() const { return last_event_id_; }
  // The newest valid retry field, in milliseconds, with or without data in its block.
  std::optional<std::uint64_t> retry() const { return retry_; }
  std::uint64_t comments() const { return comments_; }
  const std::string& last_comment() const { return last_comment_; }
  // Blocks that had a field but no data, and so dispatched nothing.
  std::uint64_t blocks_without_data() const { return blocks_without_data_; }
  // Blank lines with no field since the one before: some clients make an empty event of them.
  std::uint64_t empty_blocks() const { return empty_blocks_; }
  // Lines that are neither a comment nor a field of the standard.
  std::uint64_t unknown_fields() const { return unknown_fields_; }
  // Whether the stream so far ends within a line or a block: a close here cuts an event.
  bool MidBlock() const { return !line_.empty() || fields_in_block_ > 0; }

 private:
  void TakeLine();
  void TakeField(std::string_view name, std::string_view value);
  void EndBlock();

  bool at_start_ = true;   // a byte order mark may still come (9.2.5)
  bool after_cr_ = false;  // the next LF belongs to the CR before it
  std::string line_;
  std::string data_;
  bool has_data_ = false;
  std::string type_;
  bool has_id_ = false;
  std::optional<std::uint64_t> block_retry_;
  std::uint64_t fields_in_block_ = 0;

  std::string id_buffer_;  // of the block that is being read, else as last_event_id_
  std::string last_event_id_;
  std::optional<std::uint64_t> retry_;
  std::uint64_t comments_ = 0;
  std::string last_comment_;
  std::uint64_t blocks_without_data_ = 0;
  std::uint64_t empty_blocks_ = 0;
  std::uint64_t unknown_fields_ = 0;
  std::deque<SseEvent> ready_;
};

}  // namespace ringcast::test
