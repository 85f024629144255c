#include "doctor/port_holder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "doctor/made_up_machine.h"
#include "uring/listener.h"

namespace ringcast {
namespace {

using test::MadeUpMachine;

constexpr const char* kHeading =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n";

std::string Row(const std::string& local, const std::string& state, const std::string& inode) {
  return "   0: " + local + " 00000000:0000 " + state + " 00000000:00000000 00:00000000 00000000" +
         "     0        0 " + inode + " 1 ffff8880 100 0 0 10 0\n";
}

class PortHolderTest : public ::testing::Test {
 protected:
  PortHolderTest() {
    machine.Write("/proc/self/status", "");
    machine.Write("/proc/12/comm", "nginx\n");
    machine.Link("/proc/12/fd/0", "/dev/null");
    machine.Link("/proc/12/fd/6", "socket:[4711]");
    machine.Write("/proc/13/comm", "other\n");
    machine.Link("/proc/13/fd/3", "socket:[4712]");
  }
  std::string HolderOf(const std::string& host, std::uint16_t port) {
    const auto holder = FindPortHolder(machine, ListenAddress::Tcp(host, port));
    return holder ? holder->ToString() : "nobody";
  }
  MadeUpMachine machine;
};

// 0x1F90 is 8080; addresses stand in the byte order of a little-endian machine.
TEST_F(PortHolderTest, IsWhoseDescriptorTheListenerIs) {
  machine.Write("/proc/net/tcp", kHeading + Row("0100007F:1F91", "0A", "4712") +
                                     Row("0100007F:1F90", "01", "4712") +
                                     Row("0100007F:1F90", "0A", "4711"));
  EXPECT_EQ(HolderOf("127.0.0.1", 8080), "nginx (pid 12)");
  EXPECT_EQ(HolderOf("127.0.0.1", 8081), "other (pid 13)");
  EXPECT_EQ(HolderOf("127.0.0.1", 8082), "nobody");
  EXPECT_EQ(HolderOf("10.0.0.1", 8080), "nobody");
  EXPECT_EQ(HolderOf("0.0.0.0", 8080), "nginx (pid 12)") << "all addresses include that one";
}

TEST_F(PortHolderTest, EveryAddressIsInTheWayOfEach) {
  machine.Write("/proc/net/tcp", kHeading + Row("00000000:1F90", "0A", "4711"));
  EXPECT_EQ(HolderOf("10.0.0.1", 8080), "nginx (pid 12)");
  EXPECT_EQ(HolderOf("::1", 8080), "nobody");
  machine.Write("/proc/net/tcp", kHeading);
  machine.Write("/proc/net/tcp6",
                kHeading + Row("00000000000000000000000000000000:1F90", "0A", "4712"));
  EXPECT_EQ(HolderOf("::1", 8080), "other (pid 13)");
  EXPECT_EQ(HolderOf("10.0.0.1", 8080), "other (pid 13)") << "it may take IPv4 as well";
  machine.Write("/proc/net/tcp6",
                kHeading + Row("00000000000000000000000001000000:1F90", "0A", "4712"));
  EXPECT_EQ(HolderOf("::1", 8080), "other (pid 13)");
  EXPECT_EQ(HolderOf("127.0.0.1", 8080), "nobody");
}

TEST_F(PortHolderTest, IsFoundByThePathOfAListeningSocket) {
  machine.Write("/proc/net/unix",
                "Num       RefCount Protocol Flags    Type St Inode Path\n"
                "0000000000000000: 00000003 00000000 00000000 0001 03 4712 /run/a b.sock\n"
                "0000000000000000: 00000002 00000000 00010000 0001 01 4711 /run/a b.sock\n"
                "0000000000000000: 00000002 00000000 00010000 0001 01 4712\n");
  const auto holder = FindPortHolder(machine, ListenAddress::Unix("/run/a b.sock"));
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->ToString(), "nginx (pid 12)");
  EXPECT_FALSE(FindPortHolder(machine, ListenAddress::Unix("/run/a")));
}

TEST_F(PortHolderTest, WhoCannotBeToldIsSaidSo) {
  machine.Write("/proc/net/tcp", kHeading + Row("0100007F:1F90", "0A", "99"));
  EXPECT_NE(HolderOf("127.0.0.1", 8080).find("run as root"), std::string::npos);
}

TEST_F(PortHolderTest, ANameIsNoTerminalSequence) {
  machine.Write("/proc/12/comm", "\x1b[2Jx\n");
  machine.Write("/proc/net/tcp", kHeading + Row("0100007F:1F90", "0A", "4711"));
  EXPECT_EQ(HolderOf("127.0.0.1", 8080), "\\x1b[2Jx (pid 12)");
}

TEST(PortHolder, IsFoundOnThisMachine) {
  const Result<UniqueFd> v4 = OpenTcpListener({.host = "127.0.0.1"});
  ASSERT_TRUE(v4.ok()) << v4.error().message;
  const auto holder = FindPortHolder(Machine(), ListenAddress::Tcp("127.0.0.1", BoundPort(*v4)));
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->pid, ::getpid());
  EXPECT_EQ(holder->name, "doctor_test");
}

}  // namespace
}  // namespace ringcast
