// A directory of its own for one test, removed with all it holds when the object goes.
//
// The path is short (below 40 bytes with the usual TMPDIR), because a UNIX socket's path must fit
// in sun_path's 108 bytes. Mode 0700.
//
// Threads: a plain value; path() may be read from any thread.
#pragma once

#include <string>
#include <string_view>

namespace ringcast::test {

class TempDir {
 public:
  // Under $TMPDIR, else /tmp. Ends the process when the directory cannot be made: no test can go on
  // without it.
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }
  // The path of `name` inside the directory.
  std::string File(std::string_view name) const;
  // Writes `text` to `name` inside the directory (replacing it) and gives its path.
  std::string Write(std::string_view name, std::string_view text) const;

 private:
  std::string path_;
};

}  // namespace ringcast::test
