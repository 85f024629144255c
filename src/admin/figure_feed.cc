#include "admin/figure_feed.h"

#include <algorithm>
#include <utility>

#include "admin/figures_json.h"
#include "protocol/sse_encoder.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

constexpr Millis kInterval{1'000};
constexpr Millis kRetry{1'000};
// To look at all channels takes the sequencer longer the more there are: it is asked again after
// this many times as long as the last answer took.
constexpr int kReportShare = 50;

DaemonState StateOf(const ServerView& view, MonoTime now, std::size_t viewers) {
  // Relaxed and acquire: as in RunControl and /readyz; nothing else is read on the strength of
  // them.
  const bool running = view.control->phase.load(std::memory_order_relaxed) == RunPhase::kRunning;
  const bool ready = view.ready->load(std::memory_order_acquire);
  return {.phase = !running ? "draining"
                   : ready  ? "ready"
                            : "starting",
          .uptime_seconds = static_cast<std::uint64_t>(
              std::chrono::duration_cast<std::chrono::seconds>(now - view.started).count()),
          .viewers = viewers};
}

}  // namespace

FigureFeed::FigureFeed(const ServerView& view, AskReport ask)
    : view_(view), ask_(std::move(ask)), now_(ReadFigures(view, MonotonicNow(), WallClockNow())) {
  due_ = now_.at + kInterval;
}

void FigureFeed::Take(std::size_t viewers) {
  const MonoTime now = MonotonicNow();
  before_ = std::exchange(now_, ReadFigures(view_, now, WallClockNow()));
  whole_ = true;
  series_.Add(before_, now_);
  // In step with the second before, unless that is long gone: the process may have been stopped.
  due_ = std::max(due_ + kInterval, now + kInterval / 2);
  if (viewers > 0) Refresh(viewers);
}

void FigureFeed::AppendStart(std::string& out, bool chunked, std::size_t viewers) {
  AppendConnected(out, chunked, id_, kRetry, StreamStart::kLive);
  const std::string history = Encode("history", series_.Json());
  out += chunked ? history : Bare(history);
  if (!whole_) return;
  Refresh(viewers);
  out += next(chunked);
}

void FigureFeed::Refresh(std::size_t viewers) {
  AskForChannels();
  frame_ = Encode("figures", FiguresJson(before_, now_, report_, StateOf(view_, now_.at, viewers)));
}

void FigureFeed::AskForChannels() {
  const MonoTime start = MonotonicNow();
  if (start < ask_again_) return;
  ReportBox::Report report;
  if (ask_(report)) report_ = std::move(report);
  const MonoTime end = MonotonicNow();
  ask_again_ = end + kReportShare * (end - start);
}

std::string FigureFeed::Encode(std::string_view type, std::string_view data) {
  id_ = {std::max(id_.ms, now_.wall), id_.number + 1};
  const Event event{type, data};
  const FrameSize size = MeasureFrame(id_, event);
  std::string frame(size.frame, '\0');
  EncodeFrame(id_, event, size, frame.data());
  return frame;
}

std::string_view FigureFeed::Bare(std::string_view frame) {
  const std::optional<ChunkView> chunk = ReadChunk(frame);
  return chunk ? frame.substr(chunk->header, chunk->block) : std::string_view{};
}

}  // namespace ringcast
