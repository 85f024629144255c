// The publish socket itself: who may open it, what becomes of its file, of descriptors sent over
// it, and of publishers that do not read.
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "integration/daemon_test.h"
#include "integration/raw_publisher.h"

namespace ringcast::test {
namespace {

using PublisherSocketTest = DaemonTest;

TEST_F(PublisherSocketTest, HasTheModeAskedForAndIsRemovedAtTheEnd) {
  Start({"--publish-mode", "0600"});
  struct stat info {};
  ASSERT_EQ(::stat(server().publish_socket().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  EXPECT_EQ(server().Stop().value(), ExitStatus{.code = 0});
  EXPECT_NE(::stat(server().publish_socket().c_str(), &info), 0);
}

TEST_F(PublisherSocketTest, StaleSocketIsReplacedAndALiveOneIsNot) {
  Start();
  server().Kill();
  EXPECT_TRUE(std::filesystem::exists(server().publish_socket())) << "it had no time to clean up";
  Must(server().Restart());
  Publish("demo", "works");

  const PortLease port;
  const PortLease admin;
  const auto serve_at = [&](const std::string& publish_socket) {
    ProcessOptions options;
    options.argv = {Server::Binary(),   "serve",
                    "--listen",         "127.0.0.1:" + std::to_string(port.port()),
                    "--admin",          "127.0.0.1:" + std::to_string(admin.port()),
                    "--publish-socket", publish_socket};
    return Must(Process::Start(options));
  };
  const auto second = serve_at(server().publish_socket());
  EXPECT_EQ(Must(second->Wait(kPatience)), ExitStatus{.code = EX_UNAVAILABLE});
  EXPECT_NE(second->stderr_text().find(server().publish_socket()), std::string::npos);
  Publish("demo", "still works");

  const std::string file = server().directory().Write("file", "precious");
  const auto third = serve_at(file);
  EXPECT_EQ(Must(third->Wait(kPatience)), ExitStatus{.code = EX_UNAVAILABLE});
  EXPECT_TRUE(std::filesystem::is_regular_file(file));
}

// Connects as another user while it lives. REQUIRES: this process is root's.
class AsUser {
 public:
  AsUser(uid_t user, gid_t group) {
    if (::setegid(group) != 0 || ::seteuid(user) != 0) ADD_FAILURE() << "cannot be another user";
  }
  ~AsUser() {
    if (::seteuid(0) != 0 || ::setegid(0) != 0) ADD_FAILURE() << "cannot be root again";
  }
};

TEST_F(PublisherSocketTest, OnlyListedUsersAndGroupsMayPublish) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can try it as several users";
  Start({"--publish-mode", "0666", "--publish-users", "11111", "--publish-users", "nobody",
         "--publish-groups", "22222"});
  ASSERT_EQ(::chmod(server().directory().path().c_str(), 0755), 0);
  const auto may_publish = [&](uid_t user, gid_t group) {
    HttpClient publisher = [&] {
      const AsUser other(user, group);
      return ConnectPublisher();
    }();
    (void)publisher.Send("POST /publish/a HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", kPatience);
    return Must(publisher.ReadAll(kPatience)).starts_with("HTTP/1.1 200 ");
  };
  EXPECT_TRUE(may_publish(0, 0)) << "the daemon's own user";
  EXPECT_TRUE(may_publish(11111, 33333));
  EXPECT_TRUE(may_publish(65534, 33333));
  EXPECT_TRUE(may_publish(33333, 22222));
  EXPECT_FALSE(may_publish(33333, 33333));
  EXPECT_FALSE(may_publish(22222, 11111));
  EXPECT_TRUE(LogSays("not-allowed uid=33333 gid=33333"));
  EXPECT_EQ(Stats()["events"]["published"].Number(), 4u);
}

TEST_F(PublisherSocketTest, PublishersAreLimited) {
  Start({"--max-publishers", "2"});
  RawPublisher first = Must(RawPublisher::Connect(server().publish_socket()));
  RawPublisher second = Must(RawPublisher::Connect(server().publish_socket()));
  HttpClient third = ConnectPublisher();
  EXPECT_TRUE(third.WaitForEnd(kPatience));
  for (RawPublisher* publisher : {&first, &second}) {
    Must(publisher->Send(RawPublisher::Frame(1, "a", "", "x"), kPatience));
    EXPECT_EQ(Must(publisher->ReadIds(1, kPatience)).size(), 1u);
  }
  first.connection().Close();
  EXPECT_TRUE(Eventually([&] { return Stats()["publishers"].Number() == 1; }));
  Publish("a", "there is room again");
}

// Row 97: a descriptor that is sent along is not kept: the pipe's other end sees the end.
TEST_F(PublisherSocketTest, DescriptorsSentAlongAreDropped) {
  Start();
  HttpClient publisher = ConnectPublisher();
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  std::string request = "POST /publish/a HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx";
  for (int i = 0; i < 3; ++i) {
    iovec text{.iov_base = request.data(), .iov_len = request.size()};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * 8)] = {};
    msghdr message{};
    message.msg_iov = &text;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * 8);
    int copies[8];
    for (int& copy : copies) copy = ends[1];
    std::memcpy(CMSG_DATA(header), copies, sizeof copies);
    ASSERT_EQ(::sendmsg(publisher.fd(), &message, MSG_NOSIGNAL),
              static_cast<ssize_t>(request.size()));
    EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  }
  ::close(ends[1]);
  pollfd waiting{.fd = ends[0], .events = POLLIN, .revents = 0};
  EXPECT_EQ(::poll(&waiting, 1, 5000), 1) << "somebody still holds the other end";
  EXPECT_NE(waiting.revents & POLLHUP, 0);
  ::close(ends[0]);
}

// Row 95: bounded, then closed; others are served meanwhile.
TEST_F(PublisherSocketTest, PublisherThatReadsNoAnswersIsBoundedAndClosed) {
  Start({"--stall-timeout", "1s", "--history-events", "10"});
  const std::uint64_t before = Stats()["memory"]["resident_bytes"].Number();
  RawPublisher publisher = Must(RawPublisher::Connect(server().publish_socket()));
  std::uint64_t request = 0;
  Status sent = Done{};
  const Deadline deadline = 20s;
  while (sent.ok() && !deadline.Passed()) {
    std::string frames;
    for (int i = 0; i < 500; ++i) frames += RawPublisher::Frame(request++, "a", "", "x");
    sent = publisher.Send(frames, deadline);
  }
  EXPECT_FALSE(deadline.Passed()) << "it was never closed";
  EXPECT_TRUE(LogSays("answers-not-read"));
  const std::uint64_t published = Stats()["events"]["published"].Number();
  EXPECT_LE(published, request);
  EXPECT_LT(Stats()["memory"]["resident_bytes"].Number(), before + (64u << 20));
  Publish("a", "others");
  EXPECT_TRUE(Eventually([&] { return Stats()["publishers"].Number() == 0; }));
}

}  // namespace
}  // namespace ringcast::test
