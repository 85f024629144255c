// forbid_io_uring CALL COMMAND...: runs the command under a seccomp filter that refuses one of
// io_uring's system calls with EPERM, as the default profile of Docker does with all three. CALL is
// setup, enter or register.
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <string_view>

namespace {

bool Forbid(unsigned number) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{std::size(program), program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("forbid_io_uring setup|enter|register COMMAND...\n", stderr);
    return 64;
  }
  const std::string_view call = argv[1];
  const unsigned number = call == "setup"   ? __NR_io_uring_setup
                          : call == "enter" ? __NR_io_uring_enter
                                            : __NR_io_uring_register;
  if (!Forbid(number)) {
    std::perror("forbid_io_uring: no filter can be set");
    return 71;
  }
  ::execvp(argv[2], argv + 2);
  std::perror(argv[2]);
  return 71;
}
