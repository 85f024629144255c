// The daemon's own stream of figures, GET /events on the admin listener: an event a second, encoded
// once and sent to every viewer from those same bytes.
//
//   event: connected    as every stream of Ringcast starts
//   event: history      FigureSeries: the minutes before
//   event: figures      FiguresJson: one second, then the next
//
// Threads: the admin thread's.
// Invariants: nothing here waits for the event path, but for the busiest channels, which the
// sequencer is asked for while somebody looks on, and which take a small share of its time.
#pragma once

#include <functional>
#include <string>

#include "admin/figure_series.h"
#include "admin/figures.h"
#include "admin/server_view.h"
#include "protocol/event_id.h"

namespace ringcast {

// Asks the sequencer for its channels; false when it did not answer.
using AskReport = std::function<bool(ReportBox::Report&)>;

class FigureFeed {
 public:
  FigureFeed(const ServerView& view, AskReport ask);

  // When Take() is due.
  MonoTime due() const { return due_; }
  // Takes the figures of this second. With viewers, next() is then the event to send them.
  void Take(std::size_t viewers);
  std::string_view next(bool chunked) const { return chunked ? frame_ : Bare(frame_); }

  // What a new stream starts with, after its response head: also the last second, when there is
  // one.
  void AppendStart(std::string& out, bool chunked, std::size_t viewers);

 private:
  void Refresh(std::size_t viewers);
  void AskForChannels();
  std::string Encode(std::string_view type, std::string_view data);
  static std::string_view Bare(std::string_view frame);

  const ServerView& view_;
  const AskReport ask_;
  MonoTime due_;
  MonoTime ask_again_;
  Figures before_;
  Figures now_;
  bool whole_ = false;  // before_ and now_ are a second apart
  FigureSeries series_;
  ReportBox::Report report_;
  EventId id_;
  std::string frame_;
};

}  // namespace ringcast
