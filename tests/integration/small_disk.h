// A file system of a few pages, which a test can fill and make room on again. Only this process and
// those that it starts see it (a mount namespace of its own). Needs root.
//
// Threads: the process's first and only thread makes it; the rest from any.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/result.h"
#include "support/temp_dir.h"

namespace ringcast::test {

class SmallDisk {
 public:
  // Errors: not allowed to.
  static Result<std::unique_ptr<SmallDisk>> Create(std::size_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  std::string File(std::string_view name) const { return directory_.File(name); }

 private:
  SmallDisk() = default;

  TempDir directory_;
  bool mounted_ = false;
};

}  // namespace ringcast::test
