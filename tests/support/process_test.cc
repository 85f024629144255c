#include "support/process.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

namespace ringcast::test {
namespace {

using std::chrono::seconds;

std::unique_ptr<Process> Shell(const std::string& script, ProcessOptions options = {}) {
  options.argv = {"sh", "-c", script};
  Result<std::unique_ptr<Process>> process = Process::Start(options);
  EXPECT_TRUE(process.ok()) << process.error().message;
  return std::move(*process);
}

TEST(Process, GivesExitCodeAndBothOutputs) {
  auto child =
      Shell("echo out; echo $RC_TEST_NAME >&2; exit 7",
            {.argv = {}, .env = {{"RC_TEST_NAME", "err"}}, .pipe_stdin = false, .max_files = {}});
  const Result<ExitStatus> status = child->Wait(seconds(20));
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(*status, (ExitStatus{.code = 7, .signal = 0}));
  EXPECT_EQ(child->stdout_text(), "out\n");
  EXPECT_EQ(child->stderr_text(), "err\n");
  EXPECT_EQ(*child->Wait(seconds(0)), *status);
}

TEST(Process, WaitsNoLongerThanToldAndKills) {
  auto child = Shell("echo up; exec sleep 600");
  ASSERT_TRUE(child->WaitForStdout("up\n", seconds(20)).ok());
  EXPECT_FALSE(child->Wait(std::chrono::milliseconds(20)).ok());
  EXPECT_TRUE(child->Running());
  EXPECT_EQ(child->Kill(), (ExitStatus{.code = -1, .signal = SIGKILL}));
  EXPECT_FALSE(child->Running());
}

TEST(Process, DeliversSignals) {
  auto child = Shell("trap 'exit 3' TERM; echo up; while :; do sleep 0.01; done");
  ASSERT_TRUE(child->WaitForStdout("up\n", seconds(20)).ok());
  child->Signal(SIGTERM);
  const Result<ExitStatus> status = child->Wait(seconds(20));
  ASSERT_TRUE(status.ok());
  EXPECT_EQ(status->code, 3);
}

TEST(Process, FeedsStandardInput) {
  auto child = Shell("cat", {.argv = {}, .env = {}, .pipe_stdin = true, .max_files = {}});
  const std::string text(300'000, 'x');
  ASSERT_TRUE(child->WriteStdin(text).ok());
  child->CloseStdin();
  ASSERT_TRUE(child->Wait(seconds(20)).ok());
  EXPECT_EQ(child->stdout_text(), text);
}

TEST(Process, HandsDescriptorsOver) {
  int pipe_ends[2];
  ASSERT_EQ(::pipe2(pipe_ends, O_CLOEXEC), 0);
  ProcessOptions options;
  options.handed = {{"first", pipe_ends[1]}, {"second", pipe_ends[1]}};
  auto child = Shell(
      "echo a >&3; echo b >&4; echo $LISTEN_FDS $LISTEN_FDNAMES; test $LISTEN_PID = $$", options);
  EXPECT_EQ(child->Wait(seconds(20)).value(), ExitStatus{.code = 0});
  EXPECT_EQ(child->stdout_text(), "2 first:second\n");
  char text[8];
  EXPECT_EQ(std::string(text, static_cast<std::size_t>(::read(pipe_ends[0], text, sizeof text))),
            "a\nb\n");
  for (const int end : pipe_ends) ::close(end);
}

TEST(Process, LimitsDescriptors) {
  auto child = Shell("ulimit -n", {.argv = {}, .env = {}, .pipe_stdin = false, .max_files = 77});
  ASSERT_TRUE(child->Wait(seconds(20)).ok());
  EXPECT_EQ(child->stdout_text(), "77\n");
}

TEST(Process, ReportsWhatCannotBeRun) {
  const Result<std::unique_ptr<Process>> none = Process::Start(
      {.argv = {"/no/such/program"}, .env = {}, .pipe_stdin = false, .max_files = {}});
  ASSERT_FALSE(none.ok());
  EXPECT_NE(none.error().message.find("/no/such/program"), std::string::npos);
}

TEST(Process, WaitForOutputSaysWhatCameInstead) {
  auto child = Shell("echo other");
  const Status found = child->WaitForStdout("wanted", seconds(20));
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.error().message.find("other"), std::string::npos);
}

}  // namespace
}  // namespace ringcast::test
