// The machine as the checks see it: files below /proc, /sys and /run. A root directory in front of
// them presents another machine, made of real files, to the same checks.
//
// Threads: any; reads files.
// Invariants: what cannot be read is nothing, never a default.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringcast {

struct KernelVersion {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned patch = 0;
  auto operator<=>(const KernelVersion&) const = default;
};

class Machine {
 public:
  explicit Machine(std::string root = {}) : root_(std::move(root)) {}

  const std::string& root() const { return root_; }

  bool Has(const std::string& path) const;
  // The whole file without the white space at its end; nothing when it cannot be read.
  std::optional<std::string> Text(const std::string& path) const;
  // The number, or the numbers, that a file of /proc/sys holds.
  std::optional<std::int64_t> Number(const std::string& path) const;
  std::vector<std::int64_t> Numbers(const std::string& path) const;
  // The value of a line "Key:  value" of /proc/self/status.
  std::optional<std::string> Status(std::string_view key) const;

  std::optional<std::string> kernel_release() const;  // "6.18.44-cloud"
  std::optional<KernelVersion> kernel() const;
  // A row of /proc/self/limits: the soft and the hard limit; UINT64_MAX is unlimited.
  struct Limit {
    std::uint64_t soft = 0;
    std::uint64_t hard = 0;
  };
  std::optional<Limit> LimitOf(std::string_view row) const;
  // The cores that this process may use; 1 when that cannot be read.
  unsigned cores() const;
  // Whether the process has a capability, by its number in capabilities(7).
  bool HasCapability(unsigned number) const;

 private:
  std::string root_;
};

}  // namespace ringcast
