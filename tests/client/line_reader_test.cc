#include "client/line_reader.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include "base/rng.h"
#include "client/pipe.h"

namespace ringcast {
namespace {

using test::Pipe;

// All lines; one that is too long is "<too long>".
std::vector<std::string> Lines(const std::string& text, std::size_t max_line, std::size_t piece) {
  Pipe pipe;
  std::thread writer([&] {
    for (std::size_t at = 0; at < text.size(); at += piece) {
      pipe.Write(std::string_view(text).substr(at, piece));
    }
    pipe.CloseWrite();
  });
  LineReader reader(pipe.read_end(), max_line);
  std::vector<std::string> lines;
  while (true) {
    std::string_view line;
    const LineReader::Status status = reader.Next(line);
    if (status == LineReader::Status::kEnd) break;
    EXPECT_NE(status, LineReader::Status::kError);
    if (status == LineReader::Status::kError) break;
    lines.emplace_back(status == LineReader::Status::kLine ? line : "<too long>");
  }
  writer.join();
  return lines;
}

using Strings = std::vector<std::string>;

TEST(LineReader, SplitsAtLfOnly) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
    EXPECT_EQ(Lines("", 100, piece), Strings{});
    EXPECT_EQ(Lines("a\nb\r\n\nlast", 100, piece), (Strings{"a", "b\r", "", "last"}));
    EXPECT_EQ(Lines("\n", 100, piece), Strings{""});
  }
}

TEST(LineReader, DropsWhatIsTooLong) {
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
    EXPECT_EQ(Lines("12345\n123456\n1\n" + std::string(500, 'x') + "\n2\n", 5, piece),
              (Strings{"12345", "<too long>", "1", "<too long>", "2"}));
    EXPECT_EQ(Lines("1\n1234567", 5, piece), (Strings{"1", "<too long>"}));
  }
  // Much longer than one read.
  EXPECT_EQ(Lines(std::string(1 << 20, 'x') + "\nok\n", 1000, 1 << 20),
            (Strings{"<too long>", "ok"}));
  EXPECT_EQ(Lines(std::string(1 << 20, 'x') + "\nok\n", 1 << 20, 1 << 20),
            (Strings{std::string(1 << 20, 'x'), "ok"}));
}

TEST(LineReader, GivesTheSameLinesHoweverTheyCome) {
  constexpr std::uint64_t kSeed = 99;
  SCOPED_TRACE(testing::Message() << "seed " << kSeed);
  Rng rng(kSeed);
  for (int round = 0; round < 50; ++round) {
    std::string text;
    Strings expected;
    const std::size_t count = rng.Below(200);
    for (std::size_t i = 0; i < count; ++i) {
      const std::string line(rng.Below(30), 'x');
      text += line + "\n";
      expected.push_back(line.size() > 25 ? "<too long>" : line);
    }
    ASSERT_EQ(Lines(text, 25, 1 + rng.Below(100)), expected);
  }
}

TEST(LineReader, KnowsWhetherItWouldWait) {
  Pipe pipe;
  LineReader reader(pipe.read_end(), 100);
  EXPECT_TRUE(reader.WouldWait());
  pipe.Write("a\nb\n");
  EXPECT_FALSE(reader.WouldWait());
  std::string_view line;
  ASSERT_EQ(reader.Next(line), LineReader::Status::kLine);
  EXPECT_FALSE(reader.WouldWait());
  ASSERT_EQ(reader.Next(line), LineReader::Status::kLine);
  EXPECT_EQ(line, "b");
  EXPECT_TRUE(reader.WouldWait());
  pipe.CloseWrite();
  EXPECT_FALSE(reader.WouldWait());
  EXPECT_EQ(reader.Next(line), LineReader::Status::kEnd);
  EXPECT_EQ(reader.Next(line), LineReader::Status::kEnd);
}

TEST(LineReader, TellsAnError) {
  LineReader reader(-1, 100);
  std::string_view line;
  EXPECT_EQ(reader.Next(line), LineReader::Status::kError);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace ringcast
