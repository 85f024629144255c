// The terminal while `ringcast top` has it: the alternate screen, keys without Enter and without
// echo, its size; and the signals that concern it, as values instead of interruptions.
//
// Threads: made on the first thread before others start, since it blocks signals for all of them;
// used on that one.
// Invariants: the terminal is as it was when the object has gone, and while the process is stopped
// by ^Z.
#pragma once

#include <signal.h>
#include <termios.h>

#include <string>
#include <vector>

#include "client/socket.h"
#include "top/top_screen.h"

namespace ringcast {

class Terminal {
 public:
  enum class Event {
    kNothing,  // the time is over, or it was not for us
    kDue,      // the descriptor waited for is readable
    kResized,
    kQuit,  // q, ^C, ^D, or a signal that asks to end
  };

  // REQUIRES: both are terminals.
  Terminal(int input, int output);
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  ScreenSize size() const;
  // Waits for a key, a signal, or `other` to become readable.
  Event Wait(int other, int timeout_ms);
  // Replaces what is shown. False when the terminal is gone.
  bool Show(const std::vector<std::string>& lines);

 private:
  void Enter();
  void Leave();
  Event OnSignal();
  Event OnKey();
  bool Write(std::string_view bytes) const;

  const int input_;
  const int output_;
  termios before_{};
  bool entered_ = false;
  sigset_t mask_before_{};
  Socket signals_;  // a signalfd
};

}  // namespace ringcast
