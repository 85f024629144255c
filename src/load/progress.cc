#include "load/progress.h"

#include <algorithm>
#include <array>

namespace ringcast {
namespace {

constexpr std::uint64_t kRedrawNs = 200'000'000;
constexpr std::uint64_t kPlainLineNs = 5'000'000'000;
constexpr const char* kClearLine = "\r\x1b[K";  // ECMA-48: erase to the end of the line

}  // namespace

std::string ProgressLine(const ProgressState& state) {
  constexpr std::size_t kBar = 24;
  std::array<char, 160> line;
  const auto count = static_cast<unsigned long long>(state.count);
  const auto of = static_cast<unsigned long long>(state.of);
  const int what = static_cast<int>(state.what.size());
  int size = 0;
  if (state.of > 0) {
    const double part = std::min(1.0, static_cast<double>(state.count) / static_cast<double>(of));
    std::string bar(static_cast<std::size_t>(part * kBar), '#');
    bar.resize(kBar, '.');
    size = std::snprintf(line.data(), line.size(), "%.*s  [%s] %3.0f%%  %llu of %llu  %.0f/s", what,
                         state.what.data(), bar.c_str(), part * 100, count, of, state.per_second);
  } else {
    size = std::snprintf(line.data(), line.size(), "%.*s  %llu  %.0f/s", what, state.what.data(),
                         count, state.per_second);
  }
  return {line.data(), std::min(static_cast<std::size_t>(size), line.size() - 1)};
}

void Progress::Show(std::uint64_t now_ns, std::string_view what, std::uint64_t count,
                    std::uint64_t of) {
  if (stream_ == nullptr) return;
  if (what != what_) {
    what_ = what;
    shown_count_ = count;
    shown_ns_ = now_ns;
    return;
  }
  const std::uint64_t passed_ns = now_ns - shown_ns_;
  if (passed_ns < (is_terminal_ ? kRedrawNs : kPlainLineNs)) return;
  const double grown = count > shown_count_ ? static_cast<double>(count - shown_count_) : 0;
  const std::string line =
      ProgressLine({what, count, of, grown * 1e9 / static_cast<double>(passed_ns)});
  std::fprintf(stream_, is_terminal_ ? "%s%s" : "%s%s\n", is_terminal_ ? kClearLine : "",
               line.c_str());
  std::fflush(stream_);
  line_is_there_ = is_terminal_;
  shown_count_ = count;
  shown_ns_ = now_ns;
}

void Progress::Clear() {
  if (!line_is_there_) return;
  std::fputs(kClearLine, stream_);
  std::fflush(stream_);
  line_is_there_ = false;
}

}  // namespace ringcast
