#include "uring/ring_trial.h"

#include <liburing.h>

#include <array>
#include <cstring>
#include <memory>

#include "base/result.h"
#include "uring/connection_trial.h"
#include "uring/ring.h"
#include "uring/server_operations.h"

namespace ringcast {
namespace {

constexpr unsigned kEntries = 8;
constexpr unsigned kSlots = 8;

struct SetupFlag {
  std::string_view feature;
  std::string_view since;
  unsigned flag;
};
// Each is asked for together with those before it, as some need one another.
constexpr std::array kSetupFlags = {
    SetupFlag{"set-up flag CQSIZE", "5.5", IORING_SETUP_CQSIZE},
    SetupFlag{"set-up flag CLAMP", "5.6", IORING_SETUP_CLAMP},
    SetupFlag{"set-up flag R_DISABLED", "5.10", IORING_SETUP_R_DISABLED},
    SetupFlag{"set-up flag SUBMIT_ALL", "5.18", IORING_SETUP_SUBMIT_ALL},
    SetupFlag{"set-up flag SINGLE_ISSUER", "6.0", IORING_SETUP_SINGLE_ISSUER},
    SetupFlag{"set-up flag DEFER_TASKRUN", "6.1", IORING_SETUP_DEFER_TASKRUN},
};

std::string Because(int error) { return std::strerror(error); }

// A ring as liburing has it, ended with the object.
class RawRing {
 public:
  explicit RawRing(unsigned flags) {
    io_uring_params params{};
    params.flags = flags;
    params.cq_entries = 2 * kEntries;
    error_ = -io_uring_queue_init_params(kEntries, &ring_, &params);
  }
  ~RawRing() {
    if (error_ == 0) io_uring_queue_exit(&ring_);
  }
  RawRing(const RawRing&) = delete;
  RawRing& operator=(const RawRing&) = delete;

  int error() const { return error_; }
  io_uring* get() { return &ring_; }

 private:
  io_uring ring_{};
  int error_ = 0;
};

// False: nothing further can be tried.
bool TryFlags(RingTrial& trial) {
  unsigned flags = 0;
  for (const SetupFlag& wanted : kSetupFlags) {
    flags |= wanted.flag;
    RawRing ring(flags);
    trial.steps.push_back(
        {wanted.feature, wanted.since, ring.error() == 0 ? "" : Because(ring.error())});
    if (ring.error() != 0) return false;
  }
  return true;
}

// The other two system calls: a filter may forbid them and allow the set-up.
bool TryCalls(RawRing& ring, RingTrial& trial) {
  io_uring_prep_nop(io_uring_get_sqe(ring.get()));
  const int submitted = io_uring_submit(ring.get());
  trial.steps.push_back({"io_uring_enter", "5.1", submitted < 0 ? Because(-submitted) : ""});
  if (submitted < 0) return false;
  const std::unique_ptr<io_uring_probe, decltype(&io_uring_free_probe)> probe(
      io_uring_get_probe_ring(ring.get()), &io_uring_free_probe);
  trial.steps.push_back(
      {"io_uring_register", "5.1", probe ? "" : "the kernel does not tell its operations"});
  if (!probe) return false;
  for (const ServerOperation& operation : kServerOperations) {
    const bool there = io_uring_opcode_supported(probe.get(), operation.opcode) != 0;
    trial.steps.push_back({operation.name, operation.since, there ? "" : "no such operation"});
  }
  return true;
}

}  // namespace

RingTrial TryRing() {
  RingTrial trial;
  {
    RawRing plain(0);
    trial.setup_error = plain.error();
    if (plain.error() != 0 || !TryCalls(plain, trial) || !TryFlags(trial)) return trial;
  }
  const RingOptions options{.submission_entries = kEntries,
                            .completion_entries = 8 * kEntries,
                            .direct_slots = kSlots,
                            .server_only = true};
  Result<std::unique_ptr<Ring>> first = Ring::Create(options);
  Result<std::unique_ptr<Ring>> second = Ring::Create(options);
  trial.steps.push_back({"restricted ring with a table of direct descriptors", "5.19",
                         first && second ? "" : (first ? second : first).error().message});
  if (!first || !second) return trial;
  const Status buffers = (*second)->AddBuffers(kEntries, 64);
  trial.steps.push_back(
      {"ring of provided buffers", "5.19", buffers ? "" : buffers.error().message});
  if (buffers) TryConnection(**first, **second, trial);
  return trial;
}

}  // namespace ringcast
