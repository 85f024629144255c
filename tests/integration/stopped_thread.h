// One thread of a child process that stands still while this object lives, as if it were stuck. A
// signal would stop the whole process; a debugger stops a single thread (ptrace(2)).
//
// Threads: made and destroyed on the same thread, since the kernel knows a tracer by its thread.
#pragma once

#include <sys/types.h>

#include <string>

namespace ringcast::test {

class StoppedThread {
 public:
  // The thread of `process` with this name (/proc/PID/task/TID/comm). Throws when there is none, or
  // when the kernel does not let it be stopped.
  StoppedThread(pid_t process, const std::string& name);
  // It goes on, if it still lives.
  ~StoppedThread();
  StoppedThread(const StoppedThread&) = delete;
  StoppedThread& operator=(const StoppedThread&) = delete;

 private:
  pid_t thread_ = -1;
};

}  // namespace ringcast::test
