#include "ring.h"

#include <cerrno>

#include "failure.h"

namespace bare {
namespace {

constexpr unsigned kSubmissionEntries = 1024;
constexpr unsigned kCompletionEntries = 8192;  // an overflow loses nothing

// EBUSY, EAGAIN: completions wait in the kernel's overflow list and are taken first. ETIME: the
// wait's end. EINTR: a signal. None of them loses a submission.
bool IsHarmless(int result) {
  return result >= 0 || result == -EBUSY || result == -EAGAIN || result == -ETIME ||
         result == -EINTR;
}

}  // namespace

Ring::Ring(std::uint32_t table_size) {
  io_uring_params params{};
  params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_CQSIZE;
  params.cq_entries = kCompletionEntries;
  int result = ::io_uring_queue_init_params(kSubmissionEntries, &ring_, &params);
  if (result < 0) Fail("io_uring", -result);
  result = ::io_uring_register_files_sparse(&ring_, table_size);
  if (result < 0) Fail("a table of direct descriptors", -result);
}

Ring::~Ring() { ::io_uring_queue_exit(&ring_); }

io_uring_sqe* Ring::NextSqe() {
  io_uring_sqe* sqe = ::io_uring_get_sqe(&ring_);
  while (sqe == nullptr) {
    SubmitAndRunDeferred();
    sqe = ::io_uring_get_sqe(&ring_);
  }
  return sqe;
}

void Ring::Submit() {
  const int result = ::io_uring_submit(&ring_);
  if (!IsHarmless(result)) Fail("io_uring submit", -result);
}

void Ring::SubmitAndRunDeferred() {
  const int result = ::io_uring_submit_and_get_events(&ring_);
  if (!IsHarmless(result)) Fail("io_uring submit", -result);
}

void Ring::SubmitAndWait(unsigned completions, std::int64_t nanos) {
  __kernel_timespec time{.tv_sec = nanos / 1'000'000'000, .tv_nsec = nanos % 1'000'000'000};
  io_uring_cqe* first = nullptr;
  const int result =
      ::io_uring_submit_and_wait_timeout(&ring_, &first, completions, &time, nullptr);
  if (!IsHarmless(result)) Fail("io_uring wait", -result);
}

std::span<const Completion> Ring::Take() {
  io_uring_cqe* ready[kTakenAtOnce];
  const unsigned count = ::io_uring_peek_batch_cqe(&ring_, ready, kTakenAtOnce);
  for (unsigned i = 0; i < count; ++i) {
    taken_[i] = {ready[i]->user_data, ready[i]->res, ready[i]->flags};
  }
  ::io_uring_cq_advance(&ring_, count);
  return {taken_, count};
}

}  // namespace bare
