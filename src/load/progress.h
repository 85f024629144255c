// How far a run is, for people: on a terminal one line that is drawn again and again, with a bar;
// elsewhere a plain line every few seconds.
//
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace ringcast {

// What a line says. `of` 0: the end is not known, so there is no bar.
struct ProgressState {
  std::string_view what;  // "connecting"
  std::uint64_t count = 0;
  std::uint64_t of = 0;
  double per_second = 0;  // of `count`, lately
};

// "connecting  [#######.............]  35%  3500 of 10000  1200/s".
std::string ProgressLine(const ProgressState& state);

class Progress {
 public:
  // Writes to `stream`, which stays open; nullptr: nobody watches.
  Progress(std::FILE* stream, bool is_terminal) : stream_(stream), is_terminal_(is_terminal) {}
  ~Progress() { Clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `count` has been reached at `now_ns` of any clock that does not step. Writes at most several
  // times a second on a terminal, else every few seconds and never for what ends before.
  void Show(std::uint64_t now_ns, std::string_view what, std::uint64_t count, std::uint64_t of);
  // Takes the line off the terminal.
  void Clear();

 private:
  std::FILE* const stream_;
  const bool is_terminal_;
  std::string what_;  // being shown
  std::uint64_t shown_count_ = 0;
  std::uint64_t shown_ns_ = 0;
  bool line_is_there_ = false;
};

}  // namespace ringcast
