// Reads the stream of figures on a thread of its own and keeps the newest snapshot for whoever
// draws it.
//
// Threads: made, used and destroyed on one thread; the stream is read on another, which only hands
// over what stands under the lock.
// Invariants: ready() is readable when there is something new since the last Take().
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "client/event_source.h"
#include "client/socket.h"
#include "client/stream_address.h"

namespace ringcast {

class FigureReader {
 public:
  struct News {
    std::optional<std::string> json;  // the newest figures, if there are some
    std::string trouble;              // what keeps the stream from being open; empty: it is
    bool ended = false;               // for good: trouble says why
  };

  explicit FigureReader(StreamAddress address);
  ~FigureReader();
  FigureReader(const FigureReader&) = delete;
  FigureReader& operator=(const FigureReader&) = delete;

  int ready() const { return ready_.fd(); }
  News Take();

 private:
  void Run(StreamAddress address);
  void Say(std::string_view status);
  void Ring() const;

  Socket ready_;  // an eventfd
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  News news_;
  std::thread thread_;
};

}  // namespace ringcast
