// `ringcast doctor` on this machine, and that `serve` refuses with the same words.
#include <sys/utsname.h>
#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

class DoctorCommandTest : public DaemonTest {
 protected:
  struct Outcome {
    ExitStatus status;
    std::string out;
    std::string errors;
  };
  // Runs `[before...] ringcast COMMAND ARGUMENTS...` until it ends by itself.
  Outcome Run(const Arguments& before, const std::string& command, const Arguments& arguments,
              std::optional<std::uint64_t> max_files = {}) {
    ProcessOptions options;
    options.argv = before;
    options.argv.push_back(Server::Binary());
    options.argv.push_back(command);
    options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
    options.max_files = max_files;
    const auto process = Must(Process::Start(options));
    const ExitStatus status = Must(process->Wait(kPatience));
    return {status, process->stdout_text(), process->stderr_text()};
  }
  Outcome Doctor(const Arguments& arguments, const Arguments& before = {},
                 std::optional<std::uint64_t> max_files = {}) {
    return Run(before, "doctor", arguments, max_files);
  }
  // Ports and a socket that are free.
  Arguments Places(const Arguments& more = {}) {
    Arguments all = {"--listen",         "127.0.0.1:" + std::to_string(port_.port()),
                     "--admin",          "127.0.0.1:" + std::to_string(admin_.port()),
                     "--publish-socket", directory_.File("p.sock")};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  // The errors' sentences, as `serve` would say them.
  static std::vector<std::string> Errors(const Json& report) {
    std::vector<std::string> errors;
    for (std::size_t i = 0; i < report["findings"].size(); ++i) {
      const Json finding = report["findings"][i];
      if (finding["level"].Text() != "error") continue;
      errors.push_back(finding["what"].Text() +
                       (finding.Has("fix") ? "; " + finding["fix"].Text() : std::string()));
    }
    return errors;
  }
  // Both end with the code, and the log of one holds the first error of the other.
  void ExpectServeSaysTheSame(int code, const Arguments& arguments, const Arguments& before = {},
                              std::optional<std::uint64_t> max_files = {}) {
    Arguments with_json = arguments;
    with_json.push_back("--json");
    const Outcome examined = Doctor(with_json, before, max_files);
    EXPECT_EQ(examined.status, ExitStatus{.code = code}) << examined.out;
    const Json report = Json::Parse(examined.out);
    EXPECT_EQ(report["summary"]["exit_code"].Number(), static_cast<std::uint64_t>(code));
    const std::vector<std::string> errors = Errors(report);
    ASSERT_FALSE(errors.empty()) << examined.out;
    const Outcome served = Run(before, "serve", arguments, max_files);
    EXPECT_EQ(served.status, ExitStatus{.code = code}) << served.errors;
    EXPECT_NE(served.errors.find(errors[0]), std::string::npos) << errors[0] << "\nis not in\n"
                                                                << served.errors;
  }
  const TempDir& directory() const { return directory_; }

 private:
  PortLease port_;
  PortLease admin_;
  TempDir directory_;
};

TEST_F(DoctorCommandTest, ThisMachineServes) {
  const Outcome run = Doctor(Places({"--max-connections", "1000", "--json"}));
  // Whether it has a warning is the machine's affair, that nothing stops the start is not.
  EXPECT_TRUE(run.status.code == 0 || run.status.code == 1) << run.out << run.errors;
  const Json report = Json::Parse(run.out);
  EXPECT_EQ(report["summary"]["errors"].Number(), 0u) << run.out;
  EXPECT_EQ(report["summary"]["exit_code"].Number(), static_cast<std::uint64_t>(run.status.code));
  std::set<std::string> checks;
  for (std::size_t i = 0; i < report["findings"].size(); ++i) {
    checks.insert(report["findings"][i]["check"].Text());
  }
  for (const char* check : {"kernel", "io_uring", "io_uring-features", "file-limit", "memory",
                            "tcp-mem", "backlog", "listen", "admin", "publish-socket"}) {
    EXPECT_TRUE(checks.contains(check)) << check;
  }
  EXPECT_NE(::access(directory().File("p.sock").c_str(), F_OK), 0) << "nothing is created";
}

TEST_F(DoctorCommandTest, TextEndsWithTheSummaryAndHasNoColourInAPipe) {
  const Outcome run = Doctor(Places({"--max-connections", "1000"}));
  EXPECT_EQ(run.out.find('\x1b'), std::string::npos);
  const std::size_t last = run.out.rfind('\n', run.out.size() - 2);
  const std::string summary = run.out.substr(last + 1);
  EXPECT_NE(summary.find(" 0 errors: `ringcast serve` "), std::string::npos) << run.out;
  EXPECT_EQ(run.errors, "");
}

TEST_F(DoctorCommandTest, APortThatIsTakenIsToldWithItsHolder) {
  Start();
  const std::string address = "127.0.0.1:" + std::to_string(server().port());
  const Arguments arguments = Places({"--listen", address});
  const std::string holder =
      address + ": ringcast (pid " + std::to_string(server().process().pid()) + ") listens there";
  EXPECT_NE(Doctor(arguments).out.find("cannot listen on " + address), std::string::npos);
  ExpectServeSaysTheSame(EX_UNAVAILABLE, arguments);
  EXPECT_NE(Run({}, "serve", arguments).errors.find(holder), std::string::npos);
  Publish("a", "the server that is there is not disturbed");
}

TEST_F(DoctorCommandTest, ASocketThatIsTakenIsToldWithItsHolder) {
  Start();
  const Arguments arguments = Places({"--publish-socket", server().publish_socket()});
  ExpectServeSaysTheSame(EX_UNAVAILABLE, arguments);
  const std::string holder = "(pid " + std::to_string(server().process().pid()) + ")";
  EXPECT_NE(Run({}, "serve", arguments).errors.find(holder), std::string::npos);
}

TEST_F(DoctorCommandTest, ADirectoryThatCannotBeIsRefused) {
  ExpectServeSaysTheSame(EX_UNAVAILABLE,
                         Places({"--publish-socket", directory().File("no/such/p.sock")}));
  ExpectServeSaysTheSame(EX_UNAVAILABLE,
                         Places({"--listen", "unix:" + directory().File("none/e.sock")}));
}

TEST_F(DoctorCommandTest, AFilterThatForbidsRingsIsNamed) {
  const Arguments filter = {RINGCAST_FORBID_IO_URING, "setup"};
  ExpectServeSaysTheSame(EX_OSERR, Places(), filter);
  const Outcome run = Doctor(Places(), filter);
  EXPECT_NE(run.out.find("seccomp"), std::string::npos) << run.out;
}

TEST_F(DoctorCommandTest, AFilterThatForbidsTheOtherCallsIsFoundToo) {
  const Outcome enter = Doctor(Places({"--json"}), {RINGCAST_FORBID_IO_URING, "enter"});
  EXPECT_EQ(enter.status, ExitStatus{.code = EX_OSERR}) << enter.out;
  EXPECT_NE(enter.out.find("io_uring_enter (Operation not permitted"), std::string::npos)
      << enter.out;
  for (const char* call : {"enter", "register"}) {
    ExpectServeSaysTheSame(EX_OSERR, Places(), {RINGCAST_FORBID_IO_URING, call});
  }
}

TEST_F(DoctorCommandTest, ALoweredLimitIsHeldAgainstTheConnections) {
  const Arguments arguments = Places({"--max-connections", "100000", "--shards", "2"});
  ExpectServeSaysTheSame(EX_CONFIG, arguments, {}, 2000);
  const Outcome run = Doctor(arguments, {"prlimit", "--nofile=2000:2000"});
  EXPECT_EQ(run.status, ExitStatus{.code = EX_CONFIG}) << run.out;
  EXPECT_NE(run.out.find("RLIMIT_NOFILE = 2000"), std::string::npos) << run.out;
  EXPECT_NE(run.out.find("LimitNOFILE="), std::string::npos) << run.out;
}

TEST_F(DoctorCommandTest, LittleLockedMemoryIsHeldAgainstTheRings) {
  utsname kernel{};
  ASSERT_EQ(::uname(&kernel), 0);
  unsigned major = 0, minor = 0;
  ASSERT_EQ(std::sscanf(kernel.release, "%u.%u", &major, &minor), 2);
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give up CAP_IPC_LOCK";
  if (major * 100 + minor < 614) GTEST_SKIP() << "rings are not locked memory before Linux 6.14";
  const Arguments poor = {"setpriv", "--bounding-set=-ipc_lock", "prlimit", "--memlock=300000"};
  ExpectServeSaysTheSame(EX_OSERR, Places(), poor);
  EXPECT_NE(Doctor(Places(), poor).out.find("LimitMEMLOCK="), std::string::npos);
}

TEST_F(DoctorCommandTest, UnknownAccountsAreRefused) {
  ExpectServeSaysTheSame(EX_CONFIG, Places({"--publish-users", "no-such-user-here"}));
}

TEST_F(DoctorCommandTest, AWrongConfigurationIsToldAtOnce) {
  const std::string file = directory().Write(
      "r.toml", "heartbeat = \"soon\"\nshards = -1\nlisten = \"nowhere\"\nbogus = 1\n");
  const Outcome run = Doctor({"--config", file, "--json"});
  EXPECT_EQ(run.status, ExitStatus{.code = EX_CONFIG}) << run.out;
  const std::vector<std::string> errors = Errors(Json::Parse(run.out));
  ASSERT_EQ(errors.size(), 4u) << run.out;
  for (int line = 1; line <= 4; ++line) {
    const std::string place = file + ":" + std::to_string(line) + ":";
    EXPECT_TRUE(std::any_of(errors.begin(), errors.end(),
                            [&](const std::string& error) { return error.starts_with(place); }))
        << place << "\n"
        << run.out;
  }
}

}  // namespace
}  // namespace ringcast::test
