#include "doctor/listener_checks.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "doctor/made_up_machine.h"
#include "support/port_lease.h"
#include "support/temp_dir.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;
using test::PortLease;
using test::TempDir;

TEST(ListenerChecks, APortThatIsTakenIsToldWithItsHolder) {
  const PortLease lease;
  const ListenAddress address = ListenAddress::Tcp("127.0.0.1", lease.port());
  EXPECT_EQ(CheckListener(Machine(), kPublicListener, address).level, FindingLevel::kOk);
  const Result<UniqueFd> listener = OpenTcpListener({.host = "127.0.0.1", .port = lease.port()});
  ASSERT_TRUE(listener.ok());
  const Finding taken = CheckListener(Machine(), kPublicListener, address);
  EXPECT_EQ(taken.level, FindingLevel::kError);
  EXPECT_EQ(taken.exit_code, EX_UNAVAILABLE);
  EXPECT_EQ(taken.check, "listen");
  EXPECT_NE(taken.what.find(address.ToString()), std::string::npos) << taken.what;
  EXPECT_NE(taken.what.find("doctor_test (pid " + std::to_string(::getpid()) + ")"),
            std::string::npos)
      << taken.what;
  EXPECT_NE(taken.fix.find("--listen"), std::string::npos) << taken.fix;
}

// Pid 1 called systemd holds the socket; another of that name is just another server.
TEST(ListenerChecks, WhatSystemdHoldsForAServiceIsNotTaken) {
  const PortLease lease;
  const TempDir directory;
  const std::string path = directory.File("p.sock");
  const ListenAddress tcp = ListenAddress::Tcp("127.0.0.1", lease.port());
  const Result<UniqueFd> listener = OpenTcpListener({.host = "127.0.0.1", .port = lease.port()});
  ASSERT_TRUE(listener.ok());
  const Result<UniqueFd> local = OpenUnixListener(path, 0600);
  ASSERT_TRUE(local.ok());
  char port[5];
  std::snprintf(port, sizeof port, "%04X", lease.port());
  for (const std::string pid : {"1", "2"}) {
    MadeUpMachine machine;
    machine.Write("/proc/net/tcp", "heading\n 0: 0100007F:" + std::string(port) +
                                       " 00000000:0000 0A 0:0 00:0 0 0 0 4711 1 0 100 0 0 10 0\n");
    machine.Write("/proc/net/unix",
                  "heading\n0: 00000002 00000000 00010000 0001 01 4712 " + path + "\n");
    machine.Write("/proc/" + pid + "/comm", "systemd\n");
    machine.Link("/proc/" + pid + "/fd/30", "socket:[4711]");
    machine.Link("/proc/" + pid + "/fd/31", "socket:[4712]");
    const FindingLevel expected = pid == "1" ? FindingLevel::kNote : FindingLevel::kError;
    const Finding held = CheckListener(machine, kPublicListener, tcp);
    EXPECT_EQ(held.level, expected) << held.what;
    EXPECT_NE(held.what.find("systemd"), std::string::npos) << held.what;
    const std::vector<Finding> publish = CheckPublishSocket(machine, path, ::geteuid());
    EXPECT_EQ(publish.back().level, expected) << publish.back().what;
    if (pid == "1") {
      pollfd waiting{.fd = local->get(), .events = POLLIN, .revents = 0};
      EXPECT_EQ(::poll(&waiting, 1, 0), 0) << "a connection would start the service";
    }
    // To `serve`, which was not handed it, it is taken; but nobody is told to kill systemd.
    const Finding refused = ExplainListener(machine, kPublicListener, tcp, "in use");
    EXPECT_EQ(refused.level, FindingLevel::kError);
    EXPECT_EQ(refused.fix.find("kill 1`"), std::string::npos) << refused.fix;
  }
}

TEST(ListenerChecks, AnAddressThatTheMachineHasNotIsToldAsItIs) {
  // TEST-NET-1, RFC 5737: nobody's.
  const Finding finding =
      CheckListener(Machine(), kAdminListener, ListenAddress::Tcp("192.0.2.1", 20'000));
  EXPECT_EQ(finding.level, FindingLevel::kError);
  EXPECT_NE(finding.what.find("no such address"), std::string::npos) << finding.what;
  EXPECT_NE(finding.fix.find("--admin"), std::string::npos) << finding.fix;
}

TEST(ListenerChecks, SocketFilesAreLiveStaleOrInTheWay) {
  const TempDir directory;
  const std::string path = directory.File("p.sock");
  const ListenAddress address = ListenAddress::Unix(path);
  const auto check = [&] { return CheckListener(Machine(), kPublishListener, address); };
  EXPECT_EQ(check().level, FindingLevel::kOk);
  EXPECT_FALSE(std::filesystem::exists(path)) << "nothing is created";
  {
    const Result<UniqueFd> listener = OpenUnixListener(path, 0600);
    ASSERT_TRUE(listener.ok());
    EXPECT_EQ(check().level, FindingLevel::kError);
    EXPECT_NE(check().what.find("(pid " + std::to_string(::getpid()) + ")"), std::string::npos)
        << check().what;
  }
  EXPECT_EQ(check().level, FindingLevel::kOk);
  EXPECT_NE(check().what.find("stale"), std::string::npos) << check().what;
  EXPECT_TRUE(std::filesystem::exists(path)) << "it is left to the start to replace it";
  std::filesystem::remove(path);
  directory.Write("p.sock", "a file");
  EXPECT_EQ(check().level, FindingLevel::kError);
  EXPECT_NE(check().what.find("no socket"), std::string::npos) << check().what;
}

TEST(ListenerChecks, ASocketNeedsItsDirectory) {
  const TempDir directory;
  const Finding finding =
      CheckListener(Machine(), kPublicListener, ListenAddress::Unix(directory.File("none/e.sock")));
  EXPECT_EQ(finding.level, FindingLevel::kError);
  EXPECT_NE(finding.what.find("its directory does not exist"), std::string::npos) << finding.what;
}

TEST(ListenerChecks, PublishDirectory) {
  const TempDir directory;
  const auto check = [](const std::string& path) {
    return CheckPublishSocket(Machine(), path, ::geteuid());
  };
  const std::vector<Finding> there = check(directory.File("p.sock"));
  ASSERT_EQ(there.size(), 2u);
  EXPECT_EQ(there[0].level, FindingLevel::kOk) << there[0].what;
  EXPECT_EQ(there[1].level, FindingLevel::kOk) << there[1].what;
  const std::string fresh = directory.File("new");
  ASSERT_EQ(check(fresh + "/p.sock").size(), 1u);
  EXPECT_EQ(check(fresh + "/p.sock")[0].level, FindingLevel::kOk);
  EXPECT_FALSE(std::filesystem::exists(fresh)) << "nothing is created";
  const Finding deep = check(directory.File("no/such") + "/p.sock")[0];
  EXPECT_EQ(deep.level, FindingLevel::kError);
  EXPECT_EQ(deep.exit_code, EX_UNAVAILABLE);
  const std::string file = directory.Write("file", "");
  EXPECT_EQ(check(file + "/p.sock")[0].level, FindingLevel::kError);
  const std::string open = directory.File("open");
  std::filesystem::create_directory(open);
  ASSERT_EQ(::chmod(open.c_str(), 0777), 0);
  if (open.starts_with("/tmp/")) {
    EXPECT_EQ(check(open + "/p.sock")[0].level, FindingLevel::kError) << "anyone may write to it";
  }
}

}  // namespace
}  // namespace ringcast
