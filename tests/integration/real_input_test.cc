// A real log file, line by line through the real `ringcast pub`, to thousands of subscribers: what
// each of them decodes must be the file, byte for byte.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "integration/daemon_test.h"
#include "integration/subscriber_crowd.h"
#include "support/process.h"

namespace ringcast::test {
namespace {

constexpr std::size_t kOnOneChannel = 10'000;
constexpr std::size_t kOnOwnChannels = 1'000;
constexpr std::size_t kLeastLines = 2'000;
// For all of it, on a machine and in a build that may be slow.
constexpr std::chrono::minutes kLong{8};

// Every distribution's package log would do; this is Debian's. Rotated ones first: they are older.
std::string RealText() {
  std::string text;
  for (const char* path : {"/var/log/dpkg.log.1", "/var/log/dpkg.log"}) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream all;
    all << file.rdbuf();
    text += all.str();
    if (!text.empty() && text.back() != '\n') text += '\n';
  }
  if (text.empty()) return text;
  // A fresh machine's log is short: it is repeated.
  const std::string once = text;
  while (static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) < kLeastLines) {
    text += once;
  }
  return text;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

std::string JsonString(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", c);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

class RealInputTest : public DaemonTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(SubscriberCrowd::CanHold(kOnOneChannel + kOnOwnChannels))
        << "raise RLIMIT_NOFILE: one process plays all subscribers";
    text_ = RealText();
    ASSERT_FALSE(text_.empty()) << "every Debian machine has a /var/log/dpkg.log";
    // The defaults of `serve` but for one: all subscribers are one process on the server's own
    // cores, which on a busy machine does not come round to each of them within ten seconds.
    Start({"--stall-timeout", "1m"});
  }

  std::unique_ptr<Process> Pub(const std::vector<std::string>& arguments) {
    ProcessOptions options;
    options.argv = {Server::Binary(), "pub", "--publish-socket", server().publish_socket()};
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.pipe_stdin = true;
    return Must(Process::Start(options));
  }

  std::string text_;
};

TEST_F(RealInputTest, EverySubscriberGetsTheFile) {
  SubscriberCrowd crowd;
  for (std::size_t i = 0; i < kOnOneChannel; ++i) {
    const Status added = crowd.Add(server().port(), "log", text_);
    ASSERT_TRUE(added) << added.error().message;
  }
  for (std::size_t i = 0; i < kOnOwnChannels; ++i) {
    const Status added = crowd.Add(server().port(), "own/" + std::to_string(i), text_);
    ASSERT_TRUE(added) << added.error().message;
  }
  const Status connected = crowd.ReadUntilConnected(kLong);
  ASSERT_TRUE(connected) << connected.error().message;

  const std::vector<std::string_view> lines = Lines(text_);
  const auto one = Pub({"log", "-"});
  const auto own = Pub({"--ndjson", "--quiet"});
  std::thread feed_one([&] {
    EXPECT_TRUE(one->WriteStdin(text_));
    one->CloseStdin();
  });
  std::thread feed_own([&] {
    std::string json;
    for (const std::string_view line : lines) {
      const std::string data = ",\"data\":" + JsonString(line) + "}\n";
      json.clear();
      for (std::size_t i = 0; i < kOnOwnChannels; ++i) {
        json += "{\"channel\":\"own/" + std::to_string(i) + "\"" + data;
      }
      if (!own->WriteStdin(json)) break;
    }
    own->CloseStdin();
  });
  const Status complete = crowd.ReadUntilComplete(kLong);
  EXPECT_TRUE(complete) << complete.error().message;
  if (!complete) {  // else the feeders would wait for a daemon that nobody reads from
    one->Kill();
    own->Kill();
  }
  feed_one.join();
  feed_own.join();
  ASSERT_TRUE(complete);
  EXPECT_EQ(crowd.lines(), lines.size() * crowd.size());

  EXPECT_EQ(Must(one->Wait(kLong)), (ExitStatus{.code = 0, .signal = 0})) << one->stderr_text();
  EXPECT_EQ(Must(own->Wait(kLong)), (ExitStatus{.code = 0, .signal = 0})) << own->stderr_text();
  // The one that printed its ids has one for each line, each above the one before.
  const std::string printed = one->stdout_text();
  const std::vector<std::string_view> ids = Lines(printed);
  ASSERT_EQ(ids.size(), lines.size());
  for (std::size_t i = 1; i < ids.size(); ++i) {
    ASSERT_LT(IdNumbers(std::string(ids[i - 1])), IdNumbers(std::string(ids[i]))) << "line " << i;
  }
  EXPECT_EQ(Stats()["connections"]["streams"].Number(), crowd.size());
}

}  // namespace
}  // namespace ringcast::test
