// A ring with a listener, and the completions of operations that a test waits for.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "uring/clock.h"
#include "uring/listener.h"
#include "uring/ring.h"
#include "uring/tcp_client.h"

namespace ringcast::test {

class RingFixture : public testing::Test {
 protected:
  static constexpr std::uint64_t kAccept = 1;

  explicit RingFixture(RingOptions options = {.submission_entries = 64,
                                              .completion_entries = 1024,
                                              .direct_slots = 64}) {
    Result<std::unique_ptr<Ring>> made = Ring::Create(options);
    EXPECT_TRUE(made.ok()) << made.error().message;
    ring = std::move(*made);
    Result<UniqueFd> opened = OpenTcpListener({.host = "127.0.0.1"});
    EXPECT_TRUE(opened.ok());
    listener = std::move(*opened);
    port = BoundPort(listener);
  }

  // The next completion with this tag; others are kept. Fails after ten seconds.
  Completion WaitFor(std::uint64_t tag) {
    const MonoTime until = MonotonicNow() + std::chrono::seconds(10);
    while (MonotonicNow() < until) {
      if (const std::optional<Completion> found = Take(tag)) return *found;
      ring->SubmitAndWait(1, Millis(100));
    }
    ADD_FAILURE() << "no completion with tag " << tag;
    return {};
  }

  // A completion with this tag, if it has come by now.
  std::optional<Completion> Take(std::uint64_t tag) {
    ReapAll();
    const auto found =
        std::find_if(come.begin(), come.end(), [tag](const Completion& c) { return c.tag == tag; });
    if (found == come.end()) return std::nullopt;
    const Completion completion = *found;
    come.erase(found);
    return completion;
  }

  // Submits, lets deferred work run and looks for a completion that should not be there.
  bool Quiet(std::uint64_t tag) {
    ring->Submit(/*run_deferred=*/true);
    return !Take(tag).has_value();
  }

  // Accepts one connection; the slot of its server side.
  std::uint32_t AcceptOne() {
    if (!accepting) {
      ring->AcceptDirect(File::Descriptor(listener.get()), kAccept);
      accepting = true;
    }
    const Completion completion = WaitFor(kAccept);
    EXPECT_GE(completion.result, 0);
    accepting = completion.more();
    return static_cast<std::uint32_t>(completion.result);
  }

  void ReapAll() {
    std::array<Completion, 16> some;
    for (std::size_t n = ring->Reap(some); n > 0; n = ring->Reap(some)) {
      come.insert(come.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(n));
    }
  }

  static std::span<const char> Bytes(std::string_view text) { return {text.data(), text.size()}; }

  std::unique_ptr<Ring> ring;
  UniqueFd listener;
  std::uint16_t port = 0;
  bool accepting = false;
  std::vector<Completion> come;
};

}  // namespace ringcast::test
