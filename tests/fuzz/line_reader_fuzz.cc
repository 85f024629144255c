// LineReader over any bytes, from a pipe: the same lines in every split, and those of a plain
// reading of the text.
//
// Input: three sizes of pieces, the longest line allowed, then the text.
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "client/line_reader.h"
#include "fuzz/fuzz_input.h"

namespace ringcast {
namespace {

constexpr std::string_view kTooLong = "(too long)\n";  // no line holds its LF

using Lines = std::vector<std::string>;

// What should come out: lines longer than `most` are told and left out, a last line without LF
// counts.
Lines ReadPlainly(std::string_view text, std::size_t most) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    lines.emplace_back(line.size() > most ? kTooLong : line);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

// The reader gets the pieces one by one: a pipe in packet mode keeps writes apart (pipe(2)).
Lines ReadInPieces(std::string_view text, test::Pieces pieces, std::size_t most) {
  constexpr int kPipeBytes = 1 << 20;  // 256 packets
  constexpr int kMostPieces = 250;
  int ends[2];
  RC_CHECK(::pipe2(ends, O_CLOEXEC | O_DIRECT) == 0, "a pipe can be had");
  RC_CHECK(::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes) >= 0, "a pipe can be large");
  for (int i = 0; !text.empty(); ++i) {
    const std::string_view piece = text.substr(0, i < kMostPieces ? pieces.NextSize() : PIPE_BUF);
    text.remove_prefix(piece.size());
    RC_CHECK(::write(ends[1], piece.data(), piece.size()) == static_cast<ssize_t>(piece.size()),
             "a pipe takes a piece");
  }
  ::close(ends[1]);
  Lines lines;
  LineReader reader(ends[0], most);
  while (true) {
    RC_CHECK(!reader.WouldWait(), "where all has come nobody waits");
    std::string_view line;
    const LineReader::Status status = reader.Next(line);
    RC_CHECK(status != LineReader::Status::kError, "a pipe can be read");
    if (status == LineReader::Status::kEnd) break;
    lines.emplace_back(status == LineReader::Status::kLine ? line : kTooLong);
  }
  std::string_view line;
  RC_CHECK(reader.Next(line) == LineReader::Status::kEnd, "an end is final");
  ::close(ends[0]);
  return lines;
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kMostBytes = 4096;
  ringcast::test::FuzzInput input(data, size);
  const ringcast::test::Pieces pieces(input);
  const std::size_t most = input.Byte();
  const std::string_view text = input.Take(kMostBytes);
  RC_CHECK(ringcast::ReadInPieces(text, pieces, most) == ringcast::ReadPlainly(text, most),
           "the lines are those of the text, in whatever pieces it comes");
  return 0;
}
