#include "top/terminal.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>

namespace ringcast {
namespace {

// ECMA-48 and xterm's private modes: alternate screen on and off, cursor off and on, home, clear to
// the end of the line and of the screen.
constexpr std::string_view kEnter = "\x1b[?1049h\x1b[?25l\x1b[2J";
constexpr std::string_view kLeave = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kEndOfLine = "\x1b[K";
constexpr std::string_view kEndOfScreen = "\x1b[J";
constexpr char kControlC = 3;
constexpr char kControlD = 4;

}  // namespace

Terminal::Terminal(int input, int output) : input_(input), output_(output) {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int number : {SIGWINCH, SIGINT, SIGTERM, SIGHUP, SIGTSTP}) sigaddset(&wanted, number);
  pthread_sigmask(SIG_BLOCK, &wanted, &mask_before_);
  signals_ = Socket(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  Enter();
}

Terminal::~Terminal() {
  Leave();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void Terminal::Enter() {
  if (entered_ || tcgetattr(input_, &before_) != 0) return;
  termios raw = before_;
  // Signals from keys stay: ^C and ^Z come as such.
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  tcsetattr(input_, TCSADRAIN, &raw);
  (void)Write(kEnter);
  entered_ = true;
}

void Terminal::Leave() {
  if (!entered_) return;
  (void)Write(kLeave);
  tcsetattr(input_, TCSADRAIN, &before_);
  entered_ = false;
}

ScreenSize Terminal::size() const {
  winsize window{};
  // A terminal that does not know its size (a serial line) says 0.
  if (ioctl(output_, TIOCGWINSZ, &window) != 0 || window.ws_col == 0 || window.ws_row == 0) {
    return {};
  }
  return {.columns = window.ws_col, .rows = window.ws_row};
}

Terminal::Event Terminal::Wait(int other, int timeout_ms) {
  pollfd entries[] = {{input_, POLLIN, 0}, {signals_.fd(), POLLIN, 0}, {other, POLLIN, 0}};
  if (poll(entries, 3, timeout_ms) <= 0) return Event::kNothing;
  if (entries[1].revents != 0) return OnSignal();
  if (entries[0].revents != 0) return OnKey();
  return Event::kDue;
}

Terminal::Event Terminal::OnSignal() {
  signalfd_siginfo info{};
  if (read(signals_.fd(), &info, sizeof info) != sizeof info) return Event::kNothing;
  switch (info.ssi_signo) {
    case SIGWINCH:
      return Event::kResized;
    case SIGTSTP:
      // As if it had not been caught: give the terminal back, stop, and go on after SIGCONT.
      Leave();
      (void)raise(SIGSTOP);
      Enter();
      return Event::kResized;
    default:
      return Event::kQuit;
  }
}

Terminal::Event Terminal::OnKey() {
  char key = 0;
  const ssize_t count = read(input_, &key, 1);
  if (count < 0 && (errno == EINTR || errno == EAGAIN)) return Event::kNothing;
  if (count <= 0) return Event::kQuit;  // the terminal is gone
  const bool quit = key == 'q' || key == 'Q' || key == kControlC || key == kControlD;
  return quit ? Event::kQuit : Event::kNothing;
}

bool Terminal::Show(const std::vector<std::string>& lines) {
  // Each row is cleared before it is written: after a row that is full the cursor still stands on
  // its last column, which clearing would take away.
  std::string frame(kHome);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) frame += "\r\n";
    (frame += kEndOfLine) += lines[i];
  }
  if (lines.size() < size().rows) (frame += "\r\n") += kEndOfScreen;
  return Write(frame);
}

bool Terminal::Write(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count = write(output_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) {
      (void)WaitFor(output_, POLLOUT, 1000);
      continue;
    }
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace ringcast
