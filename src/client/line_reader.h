// Reads a descriptor line by line through a buffer, without copying lines that lie whole in it.
//
// Threads: one at a time.
// Invariants: memory is bounded by the longest line allowed and one read; a longer line is reported
// once and its bytes are dropped. A last line without LF is a line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringcast {

class LineReader {
 public:
  enum class Status { kLine, kTooLong, kEnd, kError };

  // `fd` is borrowed; lines may have up to `max_line` bytes without their LF.
  LineReader(int fd, std::size_t max_line) : fd_(fd), max_line_(max_line) {}

  // The next line without its LF, in `line`, valid until the next call. kError: errno says why.
  Status Next(std::string_view& line);

  // Whether Next() would have to wait for the descriptor.
  bool WouldWait() const;

 private:
  // Reads once more. False on an error, with errno; the end sets ended_.
  bool Fill();

  int fd_;
  std::size_t max_line_;
  std::string buffer_;
  std::size_t at_ = 0;       // where the next line starts
  std::size_t scanned_ = 0;  // no LF before this
  bool skipping_ = false;    // within a line that is too long
  bool ended_ = false;
};

}  // namespace ringcast
