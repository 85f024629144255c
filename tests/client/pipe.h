// A pipe and what tests of commands do with one.
//
// Threads: one at a time.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <string_view>

#include "base/check.h"

namespace ringcast::test {

class Pipe {
 public:
  Pipe() { RC_CHECK(pipe2(ends_, O_CLOEXEC) == 0, "the test has descriptors left"); }
  ~Pipe() {
    CloseRead();
    CloseWrite();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void CloseRead() { Close(ends_[0]); }
  void CloseWrite() { Close(ends_[1]); }

  void Write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = write(ends_[1], text.data(), text.size());
      RC_CHECK(count > 0, "the pipe takes what is written");
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  // What comes until a LF, without it; waits for it.
  std::string ReadLine() {
    std::string line;
    char c = 0;
    while (read(ends_[0], &c, 1) == 1 && c != '\n') line += c;
    return line;
  }

  // Everything up to the end; closes the write end first.
  std::string ReadAll() {
    CloseWrite();
    std::string all;
    char buffer[4096];
    for (ssize_t count; (count = read(ends_[0], buffer, sizeof buffer)) > 0;) {
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }

 private:
  static void Close(int& fd) {
    if (fd >= 0) close(fd);
    fd = -1;
  }

  int ends_[2] = {-1, -1};
};

}  // namespace ringcast::test
