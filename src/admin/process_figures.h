// What the kernel says about this process: memory, processor time, descriptors, threads.
//
// Threads: any. Each call reads a handful of files under /proc, which takes some 100 us.
// Invariants: what cannot be read is 0, or missing from the list; nothing here fails.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringcast {

struct ProcessFigures {
  double cpu_seconds = 0;            // of all threads, user and system
  std::uint64_t resident_bytes = 0;  // in RAM
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_files = 0;  // of the descriptor table: streams are not in it
  std::uint64_t max_files = 0;   // RLIMIT_NOFILE
};
ProcessFigures ReadProcess();

// Seconds of processor time of each thread, by its name.
using ThreadTimes = std::vector<std::pair<std::string, double>>;
ThreadTimes ReadThreadTimes();

// Memory of all TCP sockets of the machine in the kernel, in bytes.
std::uint64_t ReadTcpMemory();

}  // namespace ringcast
