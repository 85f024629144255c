// What `ringcast top` shows, drawn into lines of text: no terminal here.
//
// Threads: one at a time.
// Invariants: no line has more columns and no drawing more lines than asked for; what came from
// outside (channel names) is printable ASCII by the daemon's rule, and shown as `?` where it is
// not.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "top/snapshot.h"

namespace ringcast {

struct ScreenSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

class TopScreen {
 public:
  // `colours`: bold and colour by escape sequences (ECMA-48 SGR).
  TopScreen(std::string address, bool colours) : address_(std::move(address)), colours_(colours) {}

  void Take(Snapshot snapshot);
  // A word about the stream while it is not open; empty: it is.
  void SetTrouble(std::string text) { trouble_ = std::move(text); }

  // The screen, a line for each row that is used.
  std::vector<std::string> Draw(ScreenSize size) const;
  // All of it, without a limit of rows.
  std::vector<std::string> DrawAll(std::size_t columns) const;

  // One plain line for a log.
  static std::string OneLine(const Snapshot& snapshot);

 private:
  class Lines;
  void DrawHeader(Lines& lines) const;
  void DrawSparklines(Lines& lines) const;
  void DrawShards(Lines& lines, std::size_t most) const;
  void DrawChannels(Lines& lines, std::size_t most) const;
  static void DrawCounts(Lines& lines, std::string_view title,
                         const std::vector<Snapshot::Count>& counts);

  const std::string address_;
  const bool colours_;
  std::string trouble_;
  Snapshot snapshot_;
  bool has_snapshot_ = false;
  std::deque<double> streams_;
  std::deque<double> deliveries_;
};

}  // namespace ringcast
