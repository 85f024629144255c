#include "doctor/listener_checks.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "support/port_lease.h"
#include "support/temp_dir.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

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
