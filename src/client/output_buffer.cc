#include "client/output_buffer.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "client/socket.h"

namespace ringcast {
namespace {

constexpr std::size_t kFlushSize = std::size_t{64} << 10;

}  // namespace

void OutputBuffer::AddLine(std::string_view text) {
  bytes_.append(text);
  bytes_.push_back('\n');
  if (bytes_.size() >= kFlushSize) (void)Flush();
}

bool OutputBuffer::Flush() {
  for (std::size_t at = 0; at < bytes_.size() && error_ == 0;) {
    const ssize_t count = write(fd_, bytes_.data() + at, bytes_.size() - at);
    if (count >= 0) {
      at += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      // A descriptor that someone else made non-blocking.
      (void)WaitFor(fd_, POLLOUT, -1);
    } else if (errno != EINTR) {
      error_ = errno;
    }
  }
  bytes_.clear();
  return error_ == 0;
}

}  // namespace ringcast
