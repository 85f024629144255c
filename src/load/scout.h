// A subscriber of its own that reads along as any EventSource does and learns the id of every
// event, so that others can resume after it.
//
// Threads: made, watched and destroyed by one; it reads on a thread of its own, which alone fills
// the table.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/counter.h"
#include "base/result.h"
#include "load/id_table.h"

namespace ringcast {

class Scout {
 public:
  // Starts reading `url`. Errors: no such URL.
  static Result<std::unique_ptr<Scout>> Start(std::string_view url);
  ~Scout();
  Scout(const Scout&) = delete;
  Scout& operator=(const Scout&) = delete;

  // Its stream has begun.
  bool connected() const { return connected_.Get() != 0; }
  const IdTable& ids() const { return ids_; }
  // Why there is no stream, as far as it is known.
  std::string trouble() const;
  // Events of the benchmark that came without an id: nothing can be resumed then.
  std::uint64_t nameless() const { return nameless_.Get(); }

 private:
  Scout() = default;

  IdTable ids_;
  mutable std::mutex mutex_;  // guards trouble_
  std::string trouble_ = "no response";
  Counter connected_;  // 1: it is
  Counter nameless_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

// The number of the event whose data this is; 0: it is none of a benchmark's.
std::uint64_t BenchEventNumber(std::string_view data);

}  // namespace ringcast
