#include "admin/process_figures.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>

namespace ringcast {
namespace {

// Fields 14 and 15 of /proc/PID/stat, and where the first field after the name stands.
constexpr int kUserTimeField = 14;
constexpr int kFirstFieldAfterName = 3;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// User and system time. The name stands in parentheses and may hold anything, parentheses too.
double CpuSeconds(const std::string& stat) {
  const std::size_t name_end = stat.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream fields(stat.substr(name_end + 1));
  std::string skipped;
  for (int i = kFirstFieldAfterName; i < kUserTimeField; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  static const auto ticks_a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return (user + system) / ticks_a_second;
}

std::string NameIn(const std::string& stat) {
  const std::size_t begin = stat.find('(');
  const std::size_t end = stat.rfind(')');
  if (begin == std::string::npos || end == std::string::npos) return {};
  return stat.substr(begin + 1, end - begin - 1);
}

std::uint64_t PageBytes() {
  static const auto bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

// The first number after `label` at the start of a line of `text`.
std::uint64_t NumberAfter(const std::string& text, std::string_view label) {
  const std::size_t at = text.find(label);
  if (at == std::string::npos) return 0;
  std::istringstream rest(text.substr(at + label.size()));
  std::uint64_t number = 0;
  rest >> number;
  return number;
}

}  // namespace

ProcessFigures ReadProcess() {
  ProcessFigures figures;
  figures.cpu_seconds = CpuSeconds(ReadFile("/proc/self/stat"));
  std::istringstream pages(ReadFile("/proc/self/statm"));
  pages >> figures.virtual_bytes >> figures.resident_bytes;
  figures.virtual_bytes *= PageBytes();
  figures.resident_bytes *= PageBytes();
  figures.max_files = NumberAfter(ReadFile("/proc/self/limits"), "Max open files");
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
       at.increment(error)) {
    ++figures.open_files;
  }
  return figures;
}

ThreadTimes ReadThreadTimes() {
  ThreadTimes times;
  std::error_code error;
  for (std::filesystem::directory_iterator at("/proc/self/task", error), end; !error && at != end;
       at.increment(error)) {
    const std::string stat = ReadFile(at->path().string() + "/stat");
    if (!stat.empty()) times.emplace_back(NameIn(stat), CpuSeconds(stat));
  }
  return times;
}

std::uint64_t ReadTcpMemory() {
  const std::string text = ReadFile("/proc/self/net/sockstat");
  const std::size_t line = text.find("TCP:");
  if (line == std::string::npos) return 0;
  return NumberAfter(text.substr(line, text.find('\n', line) - line), " mem ") * PageBytes();
}

}  // namespace ringcast
