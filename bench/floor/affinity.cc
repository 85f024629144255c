#include "affinity.h"

#include <sched.h>

#include <cerrno>

#include "failure.h"

namespace bare {
namespace {

cpu_set_t ReadUsable() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) Fail("sched_getaffinity", errno);
  return usable;
}

}  // namespace

unsigned UsableCores() {
  const cpu_set_t usable = ReadUsable();
  return static_cast<unsigned>(CPU_COUNT(&usable));
}

void PinThread(unsigned index) {
  const cpu_set_t usable = ReadUsable();
  unsigned before = index % static_cast<unsigned>(CPU_COUNT(&usable));
  int core = 0;
  while (!CPU_ISSET(core, &usable) || before-- > 0) ++core;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(core, &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) Fail("sched_setaffinity", errno);
}

}  // namespace bare
