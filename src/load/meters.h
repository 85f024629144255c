// What the system says about the cost of a run: the server's processes' CPU time and memory, and
// the kernel's memory, which holds both ends of each connection when both are on one machine.
//
// Threads: any. Reading a process's memory takes a millisecond for each few hundred megabytes.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <span>

#include "base/result.h"

namespace ringcast {

struct CpuTime {
  double user_seconds = 0;
  double system_seconds = 0;
  double total() const { return user_seconds + system_seconds; }
};

// The sum over the processes, from /proc/PID/stat; in steps of a clock tick (10 ms). Errors: one of
// them is not there.
Result<CpuTime> ReadCpuTime(std::span<const pid_t> pids);

// Physical memory of the processes in bytes: their share (PSS) of anonymous and shared memory, from
// /proc/PID/smaps_rollup. Without that of files: how many processes share a library's pages changes
// from moment to moment, and the share with it. Errors: not there, or not ours to read.
Result<std::uint64_t> ReadUserMemory(std::span<const pid_t> pids);

// Bytes.
struct KernelMemory {
  std::uint64_t slab = 0;   // sockets, files, timers, ...
  std::uint64_t other = 0;  // stacks, page tables, vmalloc (rings, tables of descriptors), per-CPU
  std::uint64_t buffers = 0;  // of TCP sockets, from /proc/net/sockstat
  std::uint64_t total() const { return slab + other + buffers; }
};
KernelMemory ReadKernelMemory();

}  // namespace ringcast
