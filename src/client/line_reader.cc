#include "client/line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "client/socket.h"

namespace ringcast {
namespace {

constexpr std::size_t kReadSize = std::size_t{256} << 10;

}  // namespace

LineReader::Status LineReader::Next(std::string_view& line) {
  while (true) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end != std::string::npos) {
      const std::size_t start = at_;
      at_ = scanned_ = end + 1;
      if (skipping_) {
        skipping_ = false;
        continue;
      }
      line = std::string_view(buffer_).substr(start, end - start);
      return line.size() > max_line_ ? Status::kTooLong : Status::kLine;
    }
    scanned_ = buffer_.size();
    if (skipping_) {
      at_ = scanned_;
    } else if (buffer_.size() - at_ > max_line_) {
      skipping_ = true;
      at_ = scanned_;
      return Status::kTooLong;
    }
    if (!ended_ && Fill()) continue;
    if (!ended_) return Status::kError;
    if (at_ == buffer_.size()) return Status::kEnd;
    line = std::string_view(buffer_).substr(at_);
    at_ = buffer_.size();
    return Status::kLine;
  }
}

bool LineReader::WouldWait() const {
  if (ended_ || buffer_.find('\n', scanned_) != std::string::npos) return false;
  return WaitFor(fd_, POLLIN, 0) == 0;
}

bool LineReader::Fill() {
  buffer_.erase(0, at_);
  scanned_ -= at_;
  at_ = 0;
  const std::size_t held = buffer_.size();
  buffer_.resize(held + kReadSize);
  ssize_t count;
  do {
    count = read(fd_, buffer_.data() + held, kReadSize);
    // A descriptor that someone else made non-blocking.
    if (count < 0 && errno == EAGAIN) (void)WaitFor(fd_, POLLIN, -1);
  } while (count < 0 && (errno == EINTR || errno == EAGAIN));
  const int error = errno;
  buffer_.resize(held + (count > 0 ? static_cast<std::size_t>(count) : 0));
  if (count == 0) ended_ = true;
  errno = error;
  return count >= 0;
}

}  // namespace ringcast
