// One io_uring with a sparse table of direct descriptors, entered by one thread.
//
// Threads: made and used by the same one (SINGLE_ISSUER).
#pragma once

#include <liburing.h>

#include <cstdint>
#include <span>

namespace bare {

// Completions of sends that fit post nothing at all; the rest come as these.
struct Completion {
  std::uint64_t tag;
  int result;
  std::uint32_t flags;
};

class Ring {
 public:
  // Ends the process with a message when the kernel or its limits do not allow it.
  explicit Ring(std::uint32_t table_size);
  ~Ring();
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Never null: submits when the queue is full.
  io_uring_sqe* NextSqe();
  // Submits; what completes inside the submission can be taken at once.
  void Submit();
  // Submits, and runs what the kernel has deferred: polls and accepts that are due.
  void SubmitAndRunDeferred();
  // Submits, and waits for so many completions, or for so long.
  void SubmitAndWait(unsigned completions, std::int64_t nanos);
  // Copies completions out, as many as are ready and fit: handling them may submit.
  std::span<const Completion> Take();

 private:
  static constexpr unsigned kTakenAtOnce = 256;

  io_uring ring_{};
  Completion taken_[kTakenAtOnce];
};

}  // namespace bare
