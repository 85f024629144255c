#include "app/log_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

namespace ringcast {
namespace {

constexpr std::chrono::seconds kPatience{20};

class LogWriterTest : public testing::Test {
 protected:
  LogWriterTest() {
    EXPECT_EQ(pipe2(ends_.data(), O_CLOEXEC), 0);
    // The smallest there is: a page.
    EXPECT_GT(fcntl(ends_[1], F_SETPIPE_SZ, 1), 0);
    EXPECT_EQ(fcntl(ends_[0], F_SETFL, O_NONBLOCK), 0);
    writer_.emplace(ends_[1], LogFormat::kJournald, dropped_);
  }
  ~LogWriterTest() override {
    writer_.reset();
    for (const int end : ends_) {
      if (end >= 0) close(end);
    }
  }

  void CloseReader() {
    close(ends_[0]);
    ends_[0] = -1;
  }

  // With its newline; as far as it came.
  std::string NextLine() {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    std::size_t end = 0;
    while ((end = read_.find('\n')) == std::string::npos) {
      if (std::chrono::steady_clock::now() > deadline) return read_;
      pollfd poll_for{.fd = ends_[0], .events = POLLIN, .revents = 0};
      poll(&poll_for, 1, 100);
      std::array<char, 4096> buffer{};
      const ssize_t n = read(ends_[0], buffer.data(), buffer.size());
      if (n > 0) read_.append(buffer.data(), static_cast<std::size_t>(n));
    }
    const std::string line = read_.substr(0, end + 1);
    read_.erase(0, end + 1);
    return line;
  }

  bool EventuallyDropped(std::uint64_t count) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (dropped_.Get() < count && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return dropped_.Get() >= count;
  }

  std::array<int, 2> ends_{-1, -1};
  Counter dropped_;
  std::optional<LogWriter> writer_;
  std::string read_;  // and not given out
};

TEST_F(LogWriterTest, LinesGoOutInTheirOrder) {
  for (int i = 0; i < 100; ++i) writer_->Push(std::to_string(i) + "\n");
  for (int i = 0; i < 100; ++i) ASSERT_EQ(NextLine(), std::to_string(i) + "\n");
  EXPECT_EQ(dropped_.Get(), 0u);
}

TEST_F(LogWriterTest, WhatNobodyReadsIsCountedAndToldWhereItIsMissing) {
  const std::string filler(900, 'x');
  // Push returns at once, however much there is.
  for (int i = 0; dropped_.Get() < 50; ++i) writer_->Push(std::to_string(i) + filler + "\n");
  std::uint64_t told = 0;
  std::uint64_t next = 0;
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (told < dropped_.Get()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << read_;
    const std::string line = NextLine();
    constexpr std::string_view kTold = "<4>lines of this log were lost count=";
    if (line.starts_with(kTold)) {
      EXPECT_NE(line.find(" reason=\"they were not taken in time\"\n"), std::string::npos) << line;
      const std::uint64_t lost = std::stoull(line.substr(kTold.size()));
      told += lost;
      next += lost;
    } else {
      ASSERT_EQ(line, std::to_string(next) + filler + "\n");
      ++next;
    }
  }
  writer_->Push("it goes on\n");
  EXPECT_EQ(NextLine(), "it goes on\n");
  EXPECT_EQ(told, dropped_.Get());
}

TEST_F(LogWriterTest, TheEndWritesWhatWaits) {
  writer_->Push("one\n");
  writer_->Push("two\n");
  std::thread end([this] { writer_.reset(); });
  EXPECT_EQ(NextLine(), "one\n");
  EXPECT_EQ(NextLine(), "two\n");
  end.join();
  EXPECT_EQ(dropped_.Get(), 0u);
}

TEST_F(LogWriterTest, TheEndDoesNotWaitForEver) {
  const std::string filler(3000, 'x');
  for (int i = 0; i < 50; ++i) writer_->Push(filler + "\n");
  writer_.reset();  // else this hangs
  EXPECT_GE(dropped_.Get(), 47u) << "a page holds one of them";
  EXPECT_LE(dropped_.Get(), 49u);
}

TEST_F(LogWriterTest, WithoutAReaderAllIsCounted) {
  CloseReader();
  for (int i = 0; i < 10; ++i) writer_->Push("nobody hears this\n");
  EXPECT_TRUE(EventuallyDropped(10)) << dropped_.Get();
  writer_.reset();
  EXPECT_EQ(dropped_.Get(), 10u);
}

TEST_F(LogWriterTest, TheDescriptorKeepsItsFlags) {
  writer_->Push("up\n");
  EXPECT_EQ(NextLine(), "up\n");
  EXPECT_EQ(fcntl(ends_[1], F_GETFL) & (O_NONBLOCK | O_APPEND), 0);
}

TEST_F(LogWriterTest, OnAFullDiskAllIsCounted) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  ASSERT_GE(full, 0);
  writer_.emplace(full, LogFormat::kText, dropped_);
  for (int i = 0; i < 10; ++i) writer_->Push("there is no room for this\n");
  EXPECT_TRUE(EventuallyDropped(10)) << dropped_.Get();
  writer_.reset();
  close(full);
  EXPECT_EQ(dropped_.Get(), 10u);
}

}  // namespace
}  // namespace ringcast
