#include "redis/positions.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

#include "client/socket.h"
#include "protocol/percent.h"

namespace ringcast {
namespace {

constexpr std::string_view kFirstLine = "ringcast redis positions 1";

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char signed_byte : text) {
    const auto byte = static_cast<unsigned char>(signed_byte);
    if (byte > 0x20 && byte < 0x7F && byte != '%') {
      encoded += signed_byte;
    } else {
      ((encoded += '%') += kDigits[byte >> 4]) += kDigits[byte & 15];
    }
  }
  return encoded;
}

std::vector<std::string_view> Words(std::string_view line) {
  std::vector<std::string_view> words;
  while (!line.empty()) {
    const std::size_t space = std::min(line.find(' '), line.size());
    words.push_back(line.substr(0, space));
    line.remove_prefix(std::min(space + 1, line.size()));
  }
  return words;
}

std::optional<std::uint64_t> ParseNumber(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool ReadLine(std::string_view line, RedisPositions& positions) {
  const std::vector<std::string_view> words = Words(line);
  if (words.size() < 2) return false;
  std::optional<std::string> name = PercentDecode(words[1]);
  if (!name) return false;
  if (words[0] == "searched" && words.size() == 2) {
    positions.searched.insert(std::move(*name));
    return true;
  }
  if (words[0] != "stream" || words.size() < 3 || words.size() > 4) return false;
  const std::optional<StreamId> id = StreamId::Parse(words[2]);
  if (!id) return false;
  RedisPosition position{*id, {}};
  if (words.size() == 4) {
    position.added = ParseNumber(words[3]);
    if (!position.added) return false;
  }
  positions.streams[std::move(*name)] = position;
  return true;
}

Status WriteWhole(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error{ErrnoText(errno)};
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  if (fdatasync(fd) != 0) return Error{ErrnoText(errno)};
  return Done{};
}

}  // namespace

std::optional<StreamId> StreamId::Parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint64_t> ms = ParseNumber(text.substr(0, dash));
  const std::optional<std::uint64_t> number = ParseNumber(text.substr(dash + 1));
  if (!ms || !number) return std::nullopt;
  return StreamId{*ms, *number};
}

std::string StreamId::ToString() const { return std::to_string(ms) + "-" + std::to_string(number); }

std::string WritePositions(const RedisPositions& positions) {
  std::string text = std::string(kFirstLine) + "\n";
  for (const std::string& pattern : positions.searched) {
    text += "searched " + PercentEncode(pattern) + "\n";
  }
  for (const auto& [key, position] : positions.streams) {
    text += "stream " + PercentEncode(key) + " " + position.id.ToString();
    if (position.added) text += " " + std::to_string(*position.added);
    text += "\n";
  }
  return text;
}

Result<RedisPositions> ReadPositions(std::string_view text) {
  RedisPositions positions;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    // A line without its end is half of one.
    const bool good = end != std::string_view::npos &&
                      (number == 1 ? line == kFirstLine : ReadLine(line, positions));
    if (!good) return Error{"line " + std::to_string(number) + " is no position"};
    text.remove_prefix(end + 1);
  }
  return positions;
}

Result<RedisPositions> LoadPositions(const std::string& path) {
  std::FILE* stream = std::fopen(path.c_str(), "rbe");
  if (stream == nullptr) {
    if (errno == ENOENT) return RedisPositions{};
    return Error{"cannot read the positions in " + path + ": " + ErrnoText(errno)};
  }
  std::string text;
  char piece[4096];
  while (const std::size_t size = std::fread(piece, 1, sizeof piece, stream)) {
    text.append(piece, size);
  }
  const bool failed = std::ferror(stream) != 0;
  const int error = errno;
  std::fclose(stream);
  if (failed) return Error{"cannot read the positions in " + path + ": " + ErrnoText(error)};
  Result<RedisPositions> positions = ReadPositions(text);
  if (!positions) {
    return Error{path + ": " + positions.error().message +
                 "; move the file away, and streams begin where `from` says"};
  }
  return positions;
}

Status SavePositions(const std::string& path, const RedisPositions& positions) {
  const std::string fresh = path + ".new";
  const int fd = open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return Error{"cannot write " + fresh + ": " + ErrnoText(errno)};
  const Status written = WriteWhole(fd, WritePositions(positions));
  close(fd);
  if (!written) return Error{"cannot write " + fresh + ": " + written.error().message};
  if (std::rename(fresh.c_str(), path.c_str()) != 0) {
    return Error{"cannot replace " + path + ": " + ErrnoText(errno)};
  }
  // The directory holds which of the two files has the name.
  const std::size_t slash = path.rfind('/');
  const std::string directory =
      slash == std::string::npos ? "." : path.substr(0, std::max<std::size_t>(slash, 1));
  const int parent = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (parent < 0) return Error{"cannot open " + directory + ": " + ErrnoText(errno)};
  const bool synced = fsync(parent) == 0;
  const int error = errno;
  close(parent);
  if (!synced) return Error{"cannot keep " + path + ": " + ErrnoText(error)};
  return Done{};
}

}  // namespace ringcast
