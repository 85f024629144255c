// A daemon whose standard error cannot be written: it serves as ever, counts what it could not say,
// and tells how much that was once it can.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "integration/daemon_test.h"
#include "integration/small_disk.h"
#include "uring/file_descriptor.h"

namespace ringcast::test {
namespace {

constexpr std::string_view kTold = "lines of this log were lost count=";

class UnwritableLogTest : public DaemonTest {
 protected:
  // One that says something for each publisher.
  void StartTalkative(int log) {
    ServerOptions options;
    options.args = {"--shards", "2", "--log-level", "debug", "--log-format", "text"};
    options.stderr_fd = log;
    Start(options);
  }

  struct Pipe {
    UniqueFd reader;
    UniqueFd writer;
  };
  static Pipe MakePipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    EXPECT_EQ(::fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
  }
  static std::string ReadUntil(const Pipe& pipe, std::string_view part) {
    std::string text;
    Eventually([&] {
      char piece[65536];
      const ssize_t n = ::read(pipe.reader.get(), piece, sizeof piece);
      if (n > 0) text.append(piece, static_cast<std::size_t>(n));
      return text.find(part) != std::string::npos && text.back() == '\n';
    });
    return text;
  }
  static std::string Contents(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  std::uint64_t Dropped() {
    const std::string metrics = Must(server().admin_get("/metrics", kPatience)).body;
    constexpr std::string_view kName = "\nringcast_log_lines_dropped_total ";
    const std::size_t at = metrics.find(kName);
    if (at == std::string::npos) throw std::runtime_error("no such metric:\n" + metrics);
    return std::stoull(metrics.substr(at + kName.size()));
  }
  // What the lines that tell of losses add up to.
  static std::uint64_t Told(const std::string& log) {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; (at = log.find(kTold, at)) != std::string::npos;) {
      at += kTold.size();
      sum += std::stoull(log.substr(at));
    }
    return sum;
  }

  // Events go through while the log says something for each of them, until so many lines are lost.
  void PublishUntilDropped(Stream& stream, std::uint64_t dropped) {
    const Deadline deadline = std::chrono::seconds(60);
    while (Dropped() < dropped && !deadline.Passed()) {
      for (int i = 0; i < 50; ++i) {
        const std::string id = Publish("a", "x");
        ASSERT_EQ(stream.Next().id, id);
      }
    }
    EXPECT_GE(Dropped(), dropped);
  }
  void ExpectNoSpin() {
    const double before = CpuSeconds();
    std::this_thread::sleep_for(2s);
    EXPECT_LT(CpuSeconds() - before, 0.2) << "it spins on its log";
  }
  void ExpectServes(Stream& stream) {
    const std::string id = Publish("a", "still there");
    EXPECT_EQ(stream.Next().id, id);
    Follow("/events/a");
  }
};

TEST_F(UnwritableLogTest, AFullDiskIsSurvivedAndToldOnceThereIsRoom) {
  Result<std::unique_ptr<SmallDisk>> disk = SmallDisk::Create(16 * 1024);
  if (!disk) GTEST_SKIP() << disk.error().message;
  const std::string path = (*disk)->File("log");
  const UniqueFd log(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  ASSERT_GE(log.get(), 0);
  StartTalkative(log.get());
  Stream stream = Follow("/events/a");
  PublishUntilDropped(stream, 100);
  EXPECT_EQ(Contents(path).size() % 4096, 0u) << "the disk is full to the last byte";
  ExpectNoSpin();
  ExpectServes(stream);

  // Somebody makes room, and nobody says a word: the loss is told all the same.
  const std::uint64_t dropped = Dropped();
  ASSERT_EQ(::ftruncate(log.get(), 0), 0);
  EXPECT_TRUE(Eventually([&] { return Told(Contents(path)) == dropped; })) << Contents(path);
  EXPECT_NE(Contents(path).find("reason=\"No space left on device\""), std::string::npos);
  ExpectServes(stream);
  EXPECT_TRUE(Eventually([&] {
    return Contents(path).find("debug publisher connected") != std::string::npos;
  })) << Contents(path);
  EXPECT_EQ(Dropped(), dropped);
  // Each line is whole: what was cut on the full disk was ended before the next one.
  std::istringstream lines(Contents(path));
  for (std::string line; std::getline(lines, line);) {
    EXPECT_TRUE(line.empty() || line.find("Z debug ") == 23 || line.find("Z warning ") == 23)
        << line;
  }
  EXPECT_EQ(Must(server().Stop()), (ExitStatus{.code = 0}));
}

TEST_F(UnwritableLogTest, APipeThatNobodyReadsHoldsNobodyUp) {
  Pipe pipe = MakePipe();
  StartTalkative(pipe.writer.get());
  pipe.writer.Reset();
  Stream stream = Follow("/events/a");
  PublishUntilDropped(stream, 100);
  ExpectNoSpin();
  ExpectServes(stream);

  const std::uint64_t dropped = Dropped();
  const std::string log = ReadUntil(pipe, kTold);
  EXPECT_EQ(Told(log), dropped);
  EXPECT_NE(log.find("reason=\"they were not taken in time\""), std::string::npos);
  EXPECT_NE(log.find("ready version="), std::string::npos) << "what came before is kept";
  ExpectServes(stream);
  EXPECT_NE(ReadUntil(pipe, "debug publisher connected").find("connected"), std::string::npos);
  EXPECT_EQ(Dropped(), dropped);
}

TEST_F(UnwritableLogTest, APipeThatNobodyReadsDoesNotKeepItFromEnding) {
  Pipe pipe = MakePipe();
  StartTalkative(pipe.writer.get());
  pipe.writer.Reset();
  for (int i = 0; i < 200; ++i) Publish("a", "x");
  EXPECT_EQ(Must(server().Stop()), (ExitStatus{.code = 0}));
}

TEST_F(UnwritableLogTest, AReaderThatIsGoneIsNotMissed) {
  Pipe pipe = MakePipe();
  StartTalkative(pipe.writer.get());
  pipe.writer.Reset();
  Stream stream = Follow("/events/a");
  pipe.reader.Reset();
  PublishUntilDropped(stream, 100);
  ExpectNoSpin();
  ExpectServes(stream);
  EXPECT_EQ(Must(server().Stop()), (ExitStatus{.code = 0}));
}

}  // namespace
}  // namespace ringcast::test
