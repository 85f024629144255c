// Gathers what a command prints and writes it to a descriptor in large pieces.
//
// Threads: one at a time.
// Invariants: after a write failed, everything is dropped and failed() stays true.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringcast {

class OutputBuffer {
 public:
  explicit OutputBuffer(int fd) : fd_(fd) {}  // `fd` is borrowed

  // Adds a line; writes when much has been gathered.
  void AddLine(std::string_view text);
  // Bytes to append to; call Flush() or AddLine() some time after.
  std::string& bytes() { return bytes_; }
  // Writes everything, waiting as long as it takes. False when that failed now or before.
  bool Flush();

  bool failed() const { return error_ != 0; }
  int error() const { return error_; }  // errno of the failed write

 private:
  int fd_;
  int error_ = 0;
  std::string bytes_;
};

}  // namespace ringcast
