#include "integration/stopped_thread.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ringcast::test {
namespace {

pid_t ThreadNamed(pid_t process, const std::string& name) {
  const std::string tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    std::string comm;
    std::getline(std::ifstream(task.path() / "comm"), comm);
    if (comm == name) return static_cast<pid_t>(std::stol(task.path().filename()));
  }
  throw std::runtime_error("no thread is named " + name);
}

[[noreturn]] void Fail(const std::string& what) {
  throw std::runtime_error(what + ": " + std::strerror(errno));
}

}  // namespace

StoppedThread::StoppedThread(pid_t process, const std::string& name)
    : thread_(ThreadNamed(process, name)) {
  if (::ptrace(PTRACE_SEIZE, thread_, nullptr, nullptr) != 0) Fail("PTRACE_SEIZE");
  if (::ptrace(PTRACE_INTERRUPT, thread_, nullptr, nullptr) != 0) Fail("PTRACE_INTERRUPT");
  int status = 0;
  if (::waitpid(thread_, &status, __WALL) != thread_ || !WIFSTOPPED(status)) Fail("waitpid");
}

StoppedThread::~StoppedThread() { ::ptrace(PTRACE_DETACH, thread_, nullptr, nullptr); }

}  // namespace ringcast::test
