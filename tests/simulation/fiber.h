// A flow of control with a stack of its own, so that an event loop can be stopped in the middle of
// a wait, or of a submission, while others go on, all on one thread.
//
// Threads: one for all fibers.
// Invariants: Resume() is called from outside any fiber, Yield() from inside this one. A fiber is
// run to its end before it is destroyed.
#pragma once

#include <ucontext.h>

#include <cstddef>
#include <functional>
#include <memory>

namespace ringcast::simulation {

class Fiber {
 public:
  explicit Fiber(std::function<void()> body);
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Runs it until it yields or ends.
  void Resume();
  void Yield();
  bool ended() const { return ended_; }

 private:
  static void Enter(unsigned upper, unsigned lower);
  void Body();
  void Leave(bool for_good);

  static constexpr std::size_t kStackBytes = std::size_t{1} << 20;

  std::function<void()> body_;
  std::unique_ptr<char[]> stack_;
  ucontext_t inside_{};
  ucontext_t outside_{};
  bool ended_ = false;
  // What AddressSanitizer must be told of each switch.
  void* inside_shadow_ = nullptr;
  void* outside_shadow_ = nullptr;
  const void* outside_stack_ = nullptr;
  std::size_t outside_bytes_ = 0;
};

}  // namespace ringcast::simulation
