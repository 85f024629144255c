#include "doctor/machine.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <system_error>

namespace ringcast {
namespace {

constexpr std::string_view kBlank = " \t\n";

template <class Number>
std::optional<Number> Parse(std::string_view text, int base = 10) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

std::optional<std::uint64_t> ParseLimit(const std::string& text) {
  if (text == "unlimited") return std::numeric_limits<std::uint64_t>::max();
  return Parse<std::uint64_t>(text);
}

// The number at the start of the text, which is cut off with the mark behind it.
std::optional<unsigned> TakeNumber(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<unsigned> number = Parse<unsigned>(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return number;
}

}  // namespace

bool Machine::Has(const std::string& path) const {
  std::error_code ignored;
  return std::filesystem::exists(root_ + path, ignored);
}

std::optional<std::string> Machine::Text(const std::string& path) const {
  std::ifstream file(root_ + path);
  if (!file) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (file.bad()) return std::nullopt;
  const std::size_t last = text.find_last_not_of(kBlank);
  return last == std::string::npos ? std::string() : text.substr(0, last + 1);
}

std::optional<std::int64_t> Machine::Number(const std::string& path) const {
  const std::optional<std::string> text = Text(path);
  return text ? Parse<std::int64_t>(*text) : std::nullopt;
}

std::vector<std::int64_t> Machine::Numbers(const std::string& path) const {
  std::istringstream words(Text(path).value_or(std::string()));
  return {std::istream_iterator<std::int64_t>(words), std::istream_iterator<std::int64_t>()};
}

std::optional<std::string> Machine::Status(std::string_view key) const {
  std::istringstream lines(Text("/proc/self/status").value_or(std::string()));
  for (std::string line; std::getline(lines, line);) {
    const std::string_view text = line;
    if (text.starts_with(key) && text.substr(key.size()).starts_with(':')) {
      return std::string(Trimmed(text.substr(key.size() + 1)));
    }
  }
  return std::nullopt;
}

std::optional<std::string> Machine::kernel_release() const {
  return Text("/proc/sys/kernel/osrelease");
}

std::optional<KernelVersion> Machine::kernel() const {
  const std::optional<std::string> release = kernel_release();
  if (!release) return std::nullopt;
  std::string_view text = *release;
  const std::optional<unsigned> major = TakeNumber(text);
  const std::optional<unsigned> minor = TakeNumber(text);
  if (!major || !minor) return std::nullopt;
  return KernelVersion{*major, *minor, TakeNumber(text).value_or(0)};
}

std::optional<Machine::Limit> Machine::LimitOf(std::string_view row) const {
  std::istringstream lines(Text("/proc/self/limits").value_or(std::string()));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(row)) continue;
    std::istringstream columns(line.substr(row.size()));
    std::string soft, hard;
    columns >> soft >> hard;
    const std::optional<std::uint64_t> soft_limit = ParseLimit(soft);
    const std::optional<std::uint64_t> hard_limit = ParseLimit(hard);
    if (soft_limit && hard_limit) return Limit{*soft_limit, *hard_limit};
  }
  return std::nullopt;
}

// "0-3,8": proc(5), Cpus_allowed_list.
unsigned Machine::cores() const {
  const std::string list = Status("Cpus_allowed_list").value_or(std::string());
  std::istringstream ranges(list);
  unsigned count = 0;
  for (std::string range; std::getline(ranges, range, ',');) {
    std::string_view text = range;
    const std::optional<unsigned> first = TakeNumber(text);
    if (!first) continue;
    const unsigned last = text.empty() ? *first : TakeNumber(text).value_or(*first);
    if (last >= *first) count += last - *first + 1;
  }
  return count > 0 ? count : 1;
}

bool Machine::HasCapability(unsigned number) const {
  const std::optional<std::string> set = Status("CapEff");
  if (!set) return false;
  return (Parse<std::uint64_t>(*set, 16).value_or(0) >> number & 1) != 0;
}

}  // namespace ringcast
