#include "uring/listener.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <string>

#include "support/temp_dir.h"
#include "uring/tcp_client.h"

namespace ringcast {
namespace {

using test::TcpClient;

int Option(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof value;
  EXPECT_EQ(::getsockopt(fd, level, name, &value, &length), 0);
  return value;
}

bool Mentions(const Result<UniqueFd>& result, const std::string& text) {
  EXPECT_FALSE(result.ok());
  return !result.ok() && result.error().message.find(text) != std::string::npos;
}

TEST(TcpListener, ListensOnAPortOfTheKernelsChoice) {
  const Result<UniqueFd> listener =
      OpenTcpListener({.host = "127.0.0.1", .defer_accept = Millis(0)});
  ASSERT_TRUE(listener.ok());
  const std::uint16_t port = BoundPort(*listener);
  EXPECT_NE(port, 0);
  TcpClient client(port);
  const UniqueFd accepted(::accept(listener->get(), nullptr, nullptr));
  EXPECT_TRUE(accepted.valid());
}

TEST(TcpListener, AcceptedSocketsInheritTheOptions) {
  const Result<UniqueFd> listener = OpenTcpListener({.host = "127.0.0.1",
                                                     .unsent_low_water = 12'345,
                                                     .user_timeout = Millis(7000),
                                                     .defer_accept = Millis(0)});
  ASSERT_TRUE(listener.ok());
  TcpClient client(BoundPort(*listener));
  const UniqueFd accepted(::accept(listener->get(), nullptr, nullptr));
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_NOTSENT_LOWAT), 12'345);
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_USER_TIMEOUT), 7000);
  EXPECT_EQ(Option(accepted.get(), SOL_SOCKET, SO_KEEPALIVE), 1);
}

TEST(TcpListener, AcceptsWhoHasSentSomethingAndInTimeWhoIsSilent) {
  const Result<UniqueFd> listener = OpenTcpListener({.host = "127.0.0.1"});
  ASSERT_TRUE(listener.ok());
  EXPECT_EQ(Option(listener->get(), IPPROTO_TCP, TCP_DEFER_ACCEPT), 1);
  const TcpClient silent(BoundPort(*listener));
  TcpClient client(BoundPort(*listener));
  client.Send("GET");
  const UniqueFd first(::accept(listener->get(), nullptr, nullptr));
  char bytes[4] = {};
  // Not before: what it sent can be received without waiting.
  EXPECT_EQ(::recv(first.get(), bytes, sizeof bytes, MSG_DONTWAIT), 3);
  const UniqueFd second(::accept(listener->get(), nullptr, nullptr));
  EXPECT_EQ(::recv(second.get(), bytes, sizeof bytes, MSG_DONTWAIT), -1);
}

TEST(TcpListener, ASilentConnectionMayBeAskedSoonerWhetherItsPeerIsThere) {
  const Result<UniqueFd> listener = OpenTcpListener(
      {.host = "127.0.0.1", .defer_accept = Millis(0), .keepalive = std::chrono::seconds(30)});
  ASSERT_TRUE(listener.ok());
  const TcpClient client(BoundPort(*listener));
  const UniqueFd accepted(::accept(listener->get(), nullptr, nullptr));
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_KEEPIDLE), 30);
  EXPECT_EQ(Option(accepted.get(), IPPROTO_TCP, TCP_KEEPINTVL), 30);
}

TEST(TcpListener, AProgramStartedLaterDoesNotGetIt) {
  const Result<UniqueFd> listener = OpenTcpListener({.host = "127.0.0.1"});
  ASSERT_TRUE(listener.ok());
  EXPECT_EQ(::fcntl(listener->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
}

TEST(TcpListener, ATakenPortIsNamedWithAWayToFindItsOwner) {
  const Result<UniqueFd> first = OpenTcpListener({.host = "127.0.0.1"});
  ASSERT_TRUE(first.ok());
  const std::uint16_t port = BoundPort(*first);
  const Result<UniqueFd> second = OpenTcpListener({.host = "127.0.0.1", .port = port});
  EXPECT_TRUE(Mentions(second, "127.0.0.1:" + std::to_string(port)));
  EXPECT_TRUE(Mentions(second, "taken"));
}

TEST(TcpListener, SeveralShardsListenOnOnePort) {
  const Result<UniqueFd> first = OpenTcpListener({.host = "127.0.0.1", .reuse_port = true});
  ASSERT_TRUE(first.ok());
  const Result<UniqueFd> second =
      OpenTcpListener({.host = "127.0.0.1", .port = BoundPort(*first), .reuse_port = true});
  EXPECT_TRUE(second.ok());
}

TEST(TcpListener, TakesIpv6AloneSoThatIpv4CanStandBesideIt) {
  // Some other program may have the port that the kernel chose, for IPv4: then another is tried.
  bool stood_beside = false;
  for (int i = 0; i < 20 && !stood_beside; ++i) {
    const Result<UniqueFd> v6 = OpenTcpListener({.host = "::"});
    if (!v6.ok()) GTEST_SKIP() << v6.error().message;
    stood_beside = OpenTcpListener({.host = "0.0.0.0", .port = BoundPort(*v6)}).ok();
  }
  EXPECT_TRUE(stood_beside);
}

TEST(TcpListener, AHostMustBeAnAddress) {
  EXPECT_TRUE(Mentions(OpenTcpListener({.host = "localhost", .port = 80}), "localhost:80"));
  EXPECT_TRUE(Mentions(OpenTcpListener({.host = "", .port = 80}), "IPv4 or IPv6"));
  EXPECT_TRUE(Mentions(OpenTcpListener({.host = "1.2.3", .port = 80}), "IPv4 or IPv6"));
}

TEST(TcpListener, AnAddressOfAnotherMachineIsRefused) {
  // 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
  EXPECT_TRUE(Mentions(OpenTcpListener({.host = "192.0.2.1"}), "no such address"));
}

class UnixListenerTest : public testing::Test {
 protected:
  // The result of connecting: a descriptor, or none.
  UniqueFd Connect() const {
    UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fd.Reset();
    return fd;
  }

  test::TempDir directory_;
  const std::string path_ = directory_.File("socket");
};

TEST_F(UnixListenerTest, ListensWithExactlyTheModeAsked) {
  const mode_t before = ::umask(0077);
  const Result<UniqueFd> listener = OpenUnixListener(path_, 0660);
  ::umask(before);
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0660u);
  EXPECT_TRUE(Connect().valid());
}

TEST_F(UnixListenerTest, AStaleSocketIsReplaced) {
  ASSERT_TRUE(OpenUnixListener(path_, 0600).ok());  // closed at once; the file stays
  ASSERT_FALSE(Connect().valid());
  const Result<UniqueFd> listener = OpenUnixListener(path_, 0600);
  ASSERT_TRUE(listener.ok()) << listener.error().message;
  EXPECT_TRUE(Connect().valid());
}

TEST_F(UnixListenerTest, ALiveSocketIsLeftAlone) {
  const Result<UniqueFd> first = OpenUnixListener(path_, 0600);
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(Mentions(OpenUnixListener(path_, 0600), "another server"));
  EXPECT_TRUE(Connect().valid()) << "the first one still serves";
}

TEST_F(UnixListenerTest, ALiveSocketWithAFullBacklogIsLeftAloneToo) {
  const Result<UniqueFd> first = OpenUnixListener(path_, 0600, 0);
  ASSERT_TRUE(first.ok());
  const UniqueFd waits = Connect();
  EXPECT_TRUE(Mentions(OpenUnixListener(path_, 0600), "another server"));
}

TEST_F(UnixListenerTest, ASocketFileTellsWhoListens) {
  using Kind = SocketFile::Kind;
  EXPECT_EQ(InspectSocketFile(path_).kind, Kind::kNone);
  {
    const Result<UniqueFd> listener = OpenUnixListener(path_, 0600, 0);
    ASSERT_TRUE(listener.ok());
    EXPECT_EQ(InspectSocketFile(path_).kind, Kind::kLive);
    EXPECT_EQ(InspectSocketFile(path_).process, 0) << "the look before fills the backlog";
  }
  EXPECT_EQ(InspectSocketFile(path_).kind, Kind::kStale);
  EXPECT_EQ(InspectSocketFile(path_).error, "");
  const Result<UniqueFd> listener = OpenUnixListener(path_, 0600);
  EXPECT_EQ(InspectSocketFile(path_).process, ::getpid());
  EXPECT_EQ(InspectSocketFile(std::string(200, 'x')).kind, Kind::kUnknown);
}

TEST_F(UnixListenerTest, AFileThatIsNoSocketIsLeftAlone) {
  std::ofstream(path_) << "precious";
  EXPECT_TRUE(Mentions(OpenUnixListener(path_, 0600), "no socket"));
  std::string content;
  std::ifstream(path_) >> content;
  EXPECT_EQ(content, "precious");
}

TEST_F(UnixListenerTest, ALinkIsNotFollowed) {
  const std::string target = directory_.File("target");
  std::ofstream(target) << "precious";
  ASSERT_EQ(::symlink(target.c_str(), path_.c_str()), 0);
  EXPECT_TRUE(Mentions(OpenUnixListener(path_, 0600), "no socket"));
}

TEST_F(UnixListenerTest, AMissingDirectoryIsNamed) {
  EXPECT_TRUE(Mentions(OpenUnixListener(directory_.File("none/socket"), 0600), "does not exist"));
}

TEST_F(UnixListenerTest, APathHasABoundedLength) {
  sockaddr_un address{};
  EXPECT_TRUE(Mentions(OpenUnixListener("", 0600), "1 to 107 bytes"));
  const std::string longest(sizeof address.sun_path, 'x');
  EXPECT_TRUE(Mentions(OpenUnixListener(longest, 0600), "1 to 107 bytes"));
}

TEST_F(UnixListenerTest, TellsWhoIsAtTheOtherEnd) {
  const Result<UniqueFd> listener = OpenUnixListener(path_, 0600);
  ASSERT_TRUE(listener.ok());
  const UniqueFd client = Connect();
  const UniqueFd accepted(::accept(listener->get(), nullptr, nullptr));
  const Result<PeerCredentials> peer = ReadPeerCredentials(accepted.get());
  ASSERT_TRUE(peer.ok());
  EXPECT_EQ(peer->user, ::getuid());
  EXPECT_EQ(peer->group, ::getgid());
  EXPECT_EQ(peer->process, ::getpid());
  EXPECT_FALSE(ReadPeerCredentials(-1).ok());
}

}  // namespace
}  // namespace ringcast
