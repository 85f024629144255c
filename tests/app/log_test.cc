#include "app/log.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

namespace ringcast {
namespace {

class LogTest : public testing::Test {
 protected:
  LogTest() {
    std::array<int, 2> ends{};
    EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
    read_end_ = ends[0];
    write_end_ = ends[1];
    unsetenv("JOURNAL_STREAM");
  }
  ~LogTest() override {
    RemoveLog();
    unsetenv("JOURNAL_STREAM");
    if (write_end_ >= 0) close(write_end_);
    close(read_end_);
  }

  // "device:inode" of the write end, as systemd tells a service about its standard error.
  std::string Stream() const {
    struct stat info {};
    EXPECT_EQ(fstat(write_end_, &info), 0);
    return std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  }

  // Everything written so far; closes the write end.
  std::string Written() {
    RemoveLog();
    close(write_end_);
    write_end_ = -1;
    std::string all;
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(read_end_, buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

  int read_end_ = -1;
  int write_end_ = -1;
};

TEST_F(LogTest, TheFormatMayChangeWhileItRuns) {
  SetLogFormat(LogFormat::kJson);  // nothing is installed: nothing happens
  InstallLog(LogLevel::kInfo, LogFormat::kJournald, write_end_);
  Log(LogLevel::kInfo, "one");
  SetLogFormat(LogFormat::kJson);
  Log(LogLevel::kInfo, "two");
  SetLogFormat(LogFormat::kJournald);
  Log(LogLevel::kInfo, "three");
  const std::string written = Written();
  EXPECT_TRUE(written.starts_with("<6>one\n{")) << written;
  EXPECT_NE(written.find("\"two\""), std::string::npos) << written;
  EXPECT_TRUE(written.ends_with("}\n<6>three\n")) << written;
}

TEST_F(LogTest, WithoutALogNothingIsSaid) {
  Log(LogLevel::kError, "lost");
  InstallLog(LogLevel::kDebug, LogFormat::kJournald, write_end_);
  RemoveLog();
  Log(LogLevel::kError, "lost as well");
  EXPECT_EQ(Written(), "");
}

TEST_F(LogTest, SetLogSinkReturnsTheOneBefore) {
  const LogSink first = [](LogLevel, std::string_view) {};
  EXPECT_EQ(SetLogSink(first), nullptr);
  EXPECT_EQ(SetLogSink(nullptr), first);
}

TEST_F(LogTest, LevelsBelowTheChosenOneAreLeftOut) {
  InstallLog(LogLevel::kWarning, LogFormat::kJournald, write_end_);
  Log(LogLevel::kDebug, "1");
  Log(LogLevel::kInfo, "2");
  Log(LogLevel::kWarning, "3");
  Log(LogLevel::kError, "4");
  SetLogLevel(LogLevel::kDebug);
  Log(LogLevel::kDebug, "5");
  SetLogLevel(LogLevel::kError);
  Log(LogLevel::kWarning, "6");
  EXPECT_EQ(Written(), "<4>3\n<3>4\n<7>5\n");
}

TEST_F(LogTest, BracesInAMessageAreNoPlaceholders) {
  InstallLog(LogLevel::kInfo, LogFormat::kJournald, write_end_);
  Log(LogLevel::kInfo, "{} {0} %s {");
  EXPECT_EQ(Written(), "<6>{} {0} %s {\n");
}

TEST_F(LogTest, TextHasTheTimeInFront) {
  InstallLog(LogLevel::kInfo, LogFormat::kText, write_end_);
  Log(LogLevel::kInfo, "up");
  const std::string line = Written();
  ASSERT_EQ(line.size(), std::string("2025-01-31T12:00:00.123Z info up\n").size()) << line;
  EXPECT_EQ(line.substr(0, 2), "20");
  EXPECT_EQ(line.substr(23), "Z info up\n");
}

TEST_F(LogTest, JsonIsOneObjectALine) {
  InstallLog(LogLevel::kInfo, LogFormat::kJson, write_end_);
  Log(LogLevel::kWarning, "a\nb");
  const std::string line = Written();
  EXPECT_EQ(line.find("{\"time\":\"20"), 0u) << line;
  EXPECT_NE(line.find("Z\",\"level\":\"warning\",\"message\":\"a\\u000ab\"}\n"), std::string::npos)
      << line;
}

TEST_F(LogTest, AutoMeansJournaldOnlyOnTheJournalsOwnStream) {
  const std::string own = Stream();
  EXPECT_EQ(ResolveLogFormat(LogFormat::kAuto, write_end_, own.c_str()), LogFormat::kJournald);
  EXPECT_EQ(ResolveLogFormat(LogFormat::kAuto, write_end_, nullptr), LogFormat::kText);
  EXPECT_EQ(ResolveLogFormat(LogFormat::kAuto, write_end_, ""), LogFormat::kText);
  EXPECT_EQ(ResolveLogFormat(LogFormat::kAuto, write_end_, (own + "0").c_str()), LogFormat::kText);
  EXPECT_EQ(ResolveLogFormat(LogFormat::kAuto, -1, own.c_str()), LogFormat::kText);
  EXPECT_EQ(ResolveLogFormat(LogFormat::kJson, write_end_, own.c_str()), LogFormat::kJson);
  setenv("JOURNAL_STREAM", own.c_str(), 1);
  InstallLog(LogLevel::kInfo, LogFormat::kAuto, write_end_);
  Log(LogLevel::kInfo, "up");
  EXPECT_EQ(Written(), "<6>up\n");
}

TEST_F(LogTest, LinesOfSeveralThreadsDoNotMix) {
  constexpr int kThreads = 4;
  constexpr int kLines = 200;
  // Longer than PIPE_BUF, so that only the log's own lock keeps a line together.
  const std::string filler(5000, 'x');
  InstallLog(LogLevel::kInfo, LogFormat::kJournald, write_end_);
  std::string all;
  std::thread reader([this, &all] {
    std::array<char, 4096> buffer{};
    for (ssize_t n = 0; (n = read(read_end_, buffer.data(), buffer.size())) > 0;) {
      all.append(buffer.data(), static_cast<std::size_t>(n));
    }
  });
  std::vector<std::thread> writers;
  for (int i = 0; i < kThreads; ++i) {
    writers.emplace_back([&filler] {
      for (int line = 0; line < kLines; ++line) Log(LogLevel::kInfo, filler);
    });
  }
  for (std::thread& writer : writers) writer.join();
  RemoveLog();
  close(write_end_);
  write_end_ = -1;
  reader.join();
  std::string expected;
  for (int i = 0; i < kThreads * kLines; ++i) expected += "<6>" + filler + "\n";
  EXPECT_TRUE(all == expected) << "of " << expected.size() << " bytes came " << all.size();
}

TEST_F(LogTest, AFullPipeLosesTheMessageAndNothingElse) {
  ASSERT_EQ(fcntl(write_end_, F_SETFL, O_NONBLOCK), 0);
  InstallLog(LogLevel::kInfo, LogFormat::kJournald, write_end_);
  const std::string message(1 << 20, 'x');
  Log(LogLevel::kInfo, message);
  Log(LogLevel::kInfo, message);
  EXPECT_LT(Written().size(), message.size());
}

}  // namespace
}  // namespace ringcast
