#include "config/usable_memory.h"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string_view>

#include "base/units.h"

namespace ringcast {
namespace {

constexpr std::uint64_t kUnbounded = std::numeric_limits<std::uint64_t>::max();
// The memory of all histories on the smallest machine, when nothing says how much.
constexpr std::uint64_t kLeastAutomaticHistory = std::uint64_t{64} << 20;

// One number of bytes, or "max".
std::uint64_t BoundIn(const std::string& path) {
  std::ifstream file(path);
  std::string text;
  file >> text;
  const Result<std::uint64_t> bytes = ParseCount(text);
  return bytes ? *bytes : kUnbounded;
}

// The path of the process's control group, as cgroups(7) describes the file: "0::/path" in version
// 2, "7:cpu,memory:/path" in version 1.
std::string GroupOf(const std::string& root, std::string_view controller) {
  std::ifstream file(root + "/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string names = "," + line.substr(first + 1, second - first - 1) + ",";
    if (names.find("," + std::string(controller) + ",") != std::string::npos) {
      return line.substr(second + 1);
    }
  }
  return {};
}

// The tightest bound of the group and of those around it. A container may see its own group as the
// root, whatever the path says.
std::uint64_t GroupMemory(const std::string& mount, std::string group, const char* file) {
  std::uint64_t least = BoundIn(mount + "/" + file);
  while (group.size() > 1) {
    least = std::min(least, BoundIn(mount + group + "/" + file));
    group.resize(group.rfind('/'));
  }
  return least;
}

}  // namespace

std::uint64_t MachineMemory(const std::string& root) {
  std::ifstream file(root + "/proc/meminfo");
  for (std::string key, unit; file >> key;) {
    std::uint64_t kib = 0;
    if (!(file >> kib)) break;
    if (key == "MemTotal:") return kib * 1024;
    std::getline(file, unit);
  }
  return kUnbounded;
}

std::uint64_t UsableMemory(const std::string& root) {
  const std::uint64_t least = std::min(
      {MachineMemory(root), GroupMemory(root + "/sys/fs/cgroup", GroupOf(root, ""), "memory.max"),
       GroupMemory(root + "/sys/fs/cgroup/memory", GroupOf(root, "memory"),
                   "memory.limit_in_bytes")});
  return least == kUnbounded ? 0 : least;
}

std::uint64_t HistoryMemory(const ServeOptions& options, std::uint64_t usable) {
  if (options.history_memory == ServeOptions::kNoMemoryLimit) return 0;
  if (options.history_memory > 0) return options.history_memory;
  // Publishers choose how many channels there are: without a limit they could fill the machine.
  return std::max(kLeastAutomaticHistory, usable / 4);
}

}  // namespace ringcast
