// A child process under test: started with arguments and environment, its standard output and
// standard error collected in memory, waited for with a deadline, killed when the object goes.
//
// Threads: each child has two reader threads that only fill the two texts; all functions may be
// called from any thread, but only one thread may wait. The child is also killed when the *thread*
// that started it ends (PR_SET_PDEATHSIG), so that a crashed test leaves nothing behind: start it
// from a thread that outlives it.
//
// Invariants: after Wait() has given a status the child is reaped, both texts are whole, and no
// signal is sent to its number any more.
#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/result.h"
#include "support/deadline.h"

namespace ringcast::test {

// How a process ended: by exit(code), or by a signal.
struct ExitStatus {
  int code = -1;   // -1 when a signal ended it
  int signal = 0;  // 0 when it exited

  bool operator==(const ExitStatus&) const = default;
};
std::ostream& operator<<(std::ostream& out, const ExitStatus& status);

// A descriptor that the child finds under a number and a name of its own, as systemd hands sockets
// over (sd_listen_fds(3)): 3, 4 and so on, told by LISTEN_FDS, LISTEN_FDNAMES and LISTEN_PID.
struct HandedDescriptor {
  std::string name;
  int fd = -1;
};

struct ProcessOptions {
  std::vector<std::string> argv;  // argv[0] is a path, or a name that PATH is searched for
  // Added to this process's environment, replacing variables of the same name.
  std::vector<std::pair<std::string, std::string>> env;
  bool pipe_stdin = false;                    // false: the child reads /dev/null
  std::optional<std::uint64_t> max_files;     // soft and hard RLIMIT_NOFILE of the child
  std::vector<HandedDescriptor> handed = {};  // stay open here as well
  int stderr_fd = -1;  // the child's standard error goes here, and stderr_text() stays empty
};

class Process {
 public:
  // Errors: argv is empty, no such program, not executable, out of processes or descriptors.
  static Result<std::unique_ptr<Process>> Start(const ProcessOptions& options);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  // Writes all bytes to the child's standard input. REQUIRES: pipe_stdin, and not closed yet.
  // Errors: the child has closed it.
  Status WriteStdin(std::string_view bytes);
  void CloseStdin();

  // Does nothing once the child has been reaped.
  void Signal(int signal_number);

  // The same status again when called again. Errors: still running at the deadline.
  Result<ExitStatus> Wait(Deadline deadline);
  // Kills (SIGKILL) and reaps.
  ExitStatus Kill();
  bool Running() { return !Wait(Deadline::Clock::duration::zero()).ok(); }

  // All that has been written so far.
  std::string stdout_text() const;
  std::string stderr_text() const;
  // Waits until the text holds `part`. Errors: the deadline, or the stream ended without it; the
  // message holds the text.
  Status WaitForStdout(std::string_view part, Deadline deadline);
  Status WaitForStderr(std::string_view part, Deadline deadline);

 private:
  // One of the child's output streams.
  class Capture {
   public:
    ~Capture();
    void Start(int read_fd);  // owns read_fd from here on
    void Join();              // until the stream ends
    std::string text() const;
    Status WaitFor(std::string_view part, Deadline deadline);

   private:
    void Run();

    int fd_ = -1;
    mutable std::mutex mutex_;
    std::condition_variable grown_;
    std::string text_;
    bool ended_ = false;
    std::thread reader_;
  };

  Process() = default;

  pid_t pid_ = -1;
  int pidfd_ = -1;
  int stdin_fd_ = -1;
  mutable std::mutex status_mutex_;  // guards status_, so that Signal() never hits a reused number
  std::optional<ExitStatus> status_;
  Capture stdout_;
  Capture stderr_;
};

}  // namespace ringcast::test
