#include "support/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/check.h"

namespace ringcast::test {
namespace {

Error SystemError(const std::string& what, int error_number) {
  return Error{what + ": " + std::strerror(error_number)};
}

// A descriptor that is closed unless it is taken.
class OwnedFd {
 public:
  OwnedFd() = default;
  explicit OwnedFd(int fd) : fd_(fd) {}
  ~OwnedFd() { Reset(); }
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;

  int get() const { return fd_; }
  int Take() { return std::exchange(fd_, -1); }
  void Set(int fd) {
    Reset();
    fd_ = fd;
  }
  void Reset() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

 private:
  int fd_ = -1;
};

bool MakePipe(OwnedFd& read_end, OwnedFd& write_end) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return false;
  read_end.Set(fds[0]);
  write_end.Set(fds[1]);
  return true;
}

constexpr std::string_view kListenPid = "LISTEN_PID=";
constexpr std::size_t kMostPidDigits = 10;

std::vector<std::string> MergedEnvironment(const ProcessOptions& options) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    bool replaced = false;
    for (const auto& [new_name, value] : options.env) replaced |= new_name == name;
    if (!replaced) merged.emplace_back(text);
  }
  for (const auto& [name, value] : options.env) merged.push_back(name + "=" + value);
  if (options.handed.empty()) return merged;
  std::string names;
  for (const HandedDescriptor& handed : options.handed) {
    names += (names.empty() ? "" : ":") + handed.name;
  }
  merged.push_back("LISTEN_FDS=" + std::to_string(options.handed.size()));
  merged.push_back("LISTEN_FDNAMES=" + names);
  // Last: its number is only known in the child, which writes it into this room.
  merged.push_back(std::string(kListenPid) + std::string(kMostPidDigits, ' '));
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// What runs in the child between fork and exec makes async-signal-safe calls alone, since the
// parent has threads.
struct ChildFds {
  int in, out, err, failure;
};

// In the child: every descriptor to its place, from 3 on. All are moved out of the way first, since
// one may stand where another has to go.
bool PlaceHanded(const int* handed, std::size_t count, int* failure) {
  constexpr int kFirst = 3;
  constexpr int kOutOfTheWay = 200;
  constexpr std::size_t kMost = 64;
  int moved[kMost];
  if (count > kMost) return false;
  *failure = ::fcntl(*failure, F_DUPFD_CLOEXEC, kOutOfTheWay);
  bool placed = *failure >= 0;
  for (std::size_t i = 0; i < count && placed; ++i) {
    moved[i] = ::fcntl(handed[i], F_DUPFD_CLOEXEC, kOutOfTheWay);
    placed = moved[i] >= 0;
  }
  for (std::size_t i = 0; i < count && placed; ++i) {
    placed = ::dup2(moved[i], kFirst + static_cast<int>(i)) >= 0;
  }
  return placed;
}

void WritePid(char* digits) {
  const auto end = std::to_chars(digits, digits + kMostPidDigits, ::getpid()).ptr;
  *end = '\0';
}

struct ChildPlan {
  ChildFds fds;
  char** argv;
  char** envp;
  const rlimit* max_files;  // nullptr: as the parent's
  const int* handed;
  std::size_t handed_count;
  char* listen_pid;  // where its digits go
};

[[noreturn]] void RunChild(ChildPlan plan) {
  ChildFds& fds = plan.fds;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  bool ready = ::dup2(fds.in, STDIN_FILENO) >= 0 && ::dup2(fds.out, STDOUT_FILENO) >= 0 &&
               ::dup2(fds.err, STDERR_FILENO) >= 0;
  if (ready && plan.handed_count > 0) {
    ready = PlaceHanded(plan.handed, plan.handed_count, &fds.failure);
    WritePid(plan.listen_pid);
  }
  if (ready && plan.max_files != nullptr) ready = ::setrlimit(RLIMIT_NOFILE, plan.max_files) == 0;
  if (ready) ::execvpe(plan.argv[0], plan.argv, plan.envp);
  const int error_number = errno;
  const ssize_t written = ::write(fds.failure, &error_number, sizeof error_number);
  ::_exit(written == sizeof error_number ? 127 : 126);
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const ExitStatus& status) {
  if (status.signal != 0) return out << "ended by signal " << status.signal;
  return out << "exit code " << status.code;
}

Process::Capture::~Capture() { Join(); }

void Process::Capture::Start(int read_fd) {
  fd_ = read_fd;
  reader_ = std::thread([this] { Run(); });
}

void Process::Capture::Run() {
  char piece[16384];
  for (;;) {
    const ssize_t size = ::read(fd_, piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    std::lock_guard lock(mutex_);
    if (size > 0) {
      text_.append(piece, static_cast<std::size_t>(size));
    } else {
      ended_ = true;
    }
    grown_.notify_all();
    if (size <= 0) return;
  }
}

void Process::Capture::Join() {
  if (reader_.joinable()) reader_.join();
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

std::string Process::Capture::text() const {
  std::lock_guard lock(mutex_);
  return text_;
}

Status Process::Capture::WaitFor(std::string_view part, Deadline deadline) {
  std::unique_lock lock(mutex_);
  const auto found = [&] { return text_.find(part) != std::string::npos; };
  grown_.wait_until(lock, deadline.at(), [&] { return ended_ || found(); });
  if (found()) return Done{};
  return Error{"\"" + std::string(part) + "\" did not appear " +
               (ended_ ? "before the end of" : "in time in") + " this output:\n" + text_};
}

Result<std::unique_ptr<Process>> Process::Start(const ProcessOptions& options) {
  if (options.argv.empty()) return Error{"a process needs at least its own name"};
  // All that the child touches is prepared before the fork.
  std::vector<std::string> argv = options.argv;
  std::vector<std::string> env = MergedEnvironment(options);
  std::vector<char*> argv_pointers = Pointers(argv);
  std::vector<char*> env_pointers = Pointers(env);
  std::vector<int> handed;
  for (const HandedDescriptor& given : options.handed) handed.push_back(given.fd);
  rlimit max_files{};
  if (options.max_files) max_files = {*options.max_files, *options.max_files};

  OwnedFd stdin_child, stdin_parent, out_read, out_write, err_read, err_write, fail_read,
      fail_write;
  if (options.pipe_stdin) {
    // A socket instead of a pipe: a write to a child that is gone can then be told not to raise
    // SIGPIPE.
    int fds[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
      return SystemError("socketpair", errno);
    }
    stdin_child.Set(fds[0]);
    stdin_parent.Set(fds[1]);
  } else {
    stdin_child.Set(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (stdin_child.get() < 0) return SystemError("open /dev/null", errno);
  }
  if (!MakePipe(out_read, out_write) || !MakePipe(err_read, err_write) ||
      !MakePipe(fail_read, fail_write)) {
    return SystemError("pipe", errno);
  }

  const pid_t pid = ::fork();
  if (pid < 0) return SystemError("fork", errno);
  if (pid == 0) {
    RunChild(
        {.fds = {stdin_child.get(), out_write.get(),
                 options.stderr_fd >= 0 ? options.stderr_fd : err_write.get(), fail_write.get()},
         .argv = argv_pointers.data(),
         .envp = env_pointers.data(),
         .max_files = options.max_files ? &max_files : nullptr,
         .handed = handed.data(),
         .handed_count = handed.size(),
         .listen_pid = env.back().data() + kListenPid.size()});
  }
  fail_write.Reset();
  int exec_errno = 0;
  ssize_t got = -1;
  do {
    got =
        ::read(fail_read.get(), &exec_errno, sizeof exec_errno);  // ends when exec closes the pipe
  } while (got < 0 && errno == EINTR);
  if (got > 0) {
    ::waitpid(pid, nullptr, 0);
    return SystemError("cannot run " + options.argv.front(), exec_errno);
  }

  std::unique_ptr<Process> process(new Process());
  process->pid_ = pid;
  // Not through <sys/pidfd.h>: glibc 2.36 declares it without C linkage.
  process->pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  RC_CHECK(process->pidfd_ >= 0, "a child that was just started has a descriptor");
  process->stdin_fd_ = stdin_parent.Take();
  process->stdout_.Start(out_read.Take());
  process->stderr_.Start(err_read.Take());
  return process;
}

Process::~Process() {
  Kill();
  CloseStdin();
  if (pidfd_ >= 0) ::close(pidfd_);
}

Status Process::WriteStdin(std::string_view bytes) {
  RC_CHECK(stdin_fd_ >= 0, "the child's standard input is not a pipe, or closed already");
  while (!bytes.empty()) {
    const ssize_t sent = ::send(stdin_fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return SystemError("write to the child's standard input", errno);
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return Done{};
}

void Process::CloseStdin() {
  if (stdin_fd_ >= 0) ::close(std::exchange(stdin_fd_, -1));
}

void Process::Signal(int signal_number) {
  std::lock_guard lock(status_mutex_);
  if (!status_) ::kill(pid_, signal_number);
}

Result<ExitStatus> Process::Wait(Deadline deadline) {
  {
    std::lock_guard lock(status_mutex_);
    if (status_) return *status_;
  }
  pollfd ended{.fd = pidfd_, .events = POLLIN, .revents = 0};
  int ready = 0;
  do {
    ready = ::poll(&ended, 1, deadline.PollMillis());
  } while (ready < 0 && errno == EINTR);
  if (ready <= 0) return Error{"the process is still running"};

  ExitStatus status;
  {
    std::lock_guard lock(status_mutex_);
    int raw = 0;
    RC_CHECK(::waitpid(pid_, &raw, 0) == pid_, "only this object reaps the child");
    status = WIFSIGNALED(raw) ? ExitStatus{.code = -1, .signal = WTERMSIG(raw)}
                              : ExitStatus{.code = WEXITSTATUS(raw), .signal = 0};
    status_ = status;
  }
  // A grandchild that inherited the streams would keep them open; none of the programs here makes
  // one.
  stdout_.Join();
  stderr_.Join();
  return status;
}

ExitStatus Process::Kill() {
  Signal(SIGKILL);
  Result<ExitStatus> status = Wait(std::chrono::minutes(1));
  RC_CHECK(status.ok(), "a killed child ends");
  return *status;
}

std::string Process::stdout_text() const { return stdout_.text(); }
std::string Process::stderr_text() const { return stderr_.text(); }

Status Process::WaitForStdout(std::string_view part, Deadline deadline) {
  return stdout_.WaitFor(part, deadline);
}

Status Process::WaitForStderr(std::string_view part, Deadline deadline) {
  return stderr_.WaitFor(part, deadline);
}

}  // namespace ringcast::test
