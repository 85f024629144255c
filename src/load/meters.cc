#include "load/meters.h"

#include <unistd.h>

#include <fstream>
#include <string>

namespace ringcast {
namespace {

std::string ProcessFile(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

}  // namespace

Result<CpuTime> ReadCpuTime(std::span<const pid_t> pids) {
  const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  CpuTime sum;
  for (const pid_t pid : pids) {
    std::ifstream file(ProcessFile(pid, "stat"));
    std::string line;
    std::getline(file, line);
    // proc(5): the name, in parentheses, may hold anything; the fields behind it are numbered
    // from 3.
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) {
      return Error{"there is no process " + std::to_string(pid)};
    }
    constexpr int kUserTime = 14;
    std::size_t at = name_end + 1;
    for (int field = 3; field < kUserTime; ++field) at = line.find(' ', at + 1);
    std::size_t used = 0;
    sum.user_seconds += static_cast<double>(std::stoull(line.substr(at), &used)) / ticks_a_second;
    sum.system_seconds += static_cast<double>(std::stoull(line.substr(at + used))) / ticks_a_second;
  }
  return sum;
}

Result<std::uint64_t> ReadUserMemory(std::span<const pid_t> pids) {
  std::uint64_t bytes = 0;
  for (const pid_t pid : pids) {
    std::ifstream file(ProcessFile(pid, "smaps_rollup"));
    bool found = false;
    for (std::string word; file >> word;) {
      if (word != "Pss_Anon:" && word != "Pss_Shmem:") continue;
      std::uint64_t kilobytes = 0;
      file >> kilobytes;
      bytes += kilobytes * 1024;
      found = true;
    }
    if (!found) return Error{"the memory of process " + std::to_string(pid) + " cannot be read"};
  }
  return bytes;
}

KernelMemory ReadKernelMemory() {
  KernelMemory memory;
  std::ifstream meminfo("/proc/meminfo");
  for (std::string name; meminfo >> name;) {
    std::uint64_t kilobytes = 0;
    meminfo >> kilobytes;
    if (name == "Slab:") memory.slab += kilobytes * 1024;
    if (name == "KernelStack:" || name == "PageTables:" || name == "VmallocUsed:" ||
        name == "Percpu:") {
      memory.other += kilobytes * 1024;
    }
    meminfo.ignore(16, '\n');  // " kB"
  }
  std::ifstream sockstat("/proc/net/sockstat");
  for (std::string line; std::getline(sockstat, line);) {
    const std::size_t pages = line.find(" mem ");
    if (!line.starts_with("TCP:") || pages == std::string::npos) continue;
    memory.buffers =
        std::stoull(line.substr(pages + 5)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  }
  return memory;
}

}  // namespace ringcast
