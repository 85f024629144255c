#include "simulation/fiber.h"

#include <cstdint>
#include <utility>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define RINGCAST_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RINGCAST_ADDRESS_SANITIZER 1
#endif
#endif
#ifdef RINGCAST_ADDRESS_SANITIZER
#include <sanitizer/common_interface_defs.h>
#endif

namespace ringcast::simulation {
namespace {

// AddressSanitizer keeps book of the stack in use: told before a switch where it goes, and after it
// that it has arrived. `shadow`: null when the stack that is left will not be used again.
void TellOfSwitch([[maybe_unused]] void** shadow, [[maybe_unused]] const void* stack,
                  [[maybe_unused]] std::size_t bytes) {
#ifdef RINGCAST_ADDRESS_SANITIZER
  __sanitizer_start_switch_fiber(shadow, stack, bytes);
#endif
}

void TellOfArrival([[maybe_unused]] void* shadow, [[maybe_unused]] const void** stack,
                   [[maybe_unused]] std::size_t* bytes) {
#ifdef RINGCAST_ADDRESS_SANITIZER
  __sanitizer_finish_switch_fiber(shadow, stack, bytes);
#endif
}

}  // namespace

Fiber::Fiber(std::function<void()> body)
    : body_(std::move(body)), stack_(new char[kStackBytes]) {  // not cleared: most is never touched
  RC_CHECK(getcontext(&inside_) == 0, "a context is plain memory");
  inside_.uc_stack.ss_sp = stack_.get();
  inside_.uc_stack.ss_size = kStackBytes;
  inside_.uc_link = nullptr;
  // makecontext() passes ints.
  const auto self = reinterpret_cast<std::uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::Enter), 2,
              static_cast<unsigned>(self >> 32), static_cast<unsigned>(self));
}

Fiber::~Fiber() { RC_CHECK(ended_, "a fiber is run to its end: its stack owns objects"); }

void Fiber::Enter(unsigned upper, unsigned lower) {
  const std::uintptr_t self = std::uintptr_t{upper} << 32 | lower;
  reinterpret_cast<Fiber*>(self)->Body();
}

void Fiber::Body() {
  TellOfArrival(nullptr, &outside_stack_, &outside_bytes_);
  body_();
  ended_ = true;
  Leave(/*for_good=*/true);
}

void Fiber::Resume() {
  RC_CHECK(!ended_, "only a fiber that has not ended goes on");
  TellOfSwitch(&outside_shadow_, stack_.get(), kStackBytes);
  swapcontext(&outside_, &inside_);
  TellOfArrival(outside_shadow_, nullptr, nullptr);
}

void Fiber::Yield() {
  Leave(/*for_good=*/false);
  TellOfArrival(inside_shadow_, &outside_stack_, &outside_bytes_);
}

void Fiber::Leave(bool for_good) {
  TellOfSwitch(for_good ? nullptr : &inside_shadow_, outside_stack_, outside_bytes_);
  swapcontext(&inside_, &outside_);
}

}  // namespace ringcast::simulation
