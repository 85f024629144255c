#include "config/default_paths.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace ringcast {
namespace {

constexpr uid_t kRoot = 0;
constexpr uid_t kUser = 1000;

// A directory of its own, below /tmp as mkdtemp gives it.
class DefaultPaths : public testing::Test {
 protected:
  DefaultPaths() {
    char name[] = "/tmp/ringcast_paths_XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~DefaultPaths() override {
    for (const char* name : {"/sub/publish.sock", "/publish.sock", "/link"}) {
      unlink((directory_ + name).c_str());
    }
    rmdir((directory_ + "/sub").c_str());
    rmdir((directory_ + "/ringcast").c_str());
    rmdir(directory_.c_str());
  }
  std::string directory_;
};

TEST_F(DefaultPaths, FollowTheirOrder) {
  const Environment both{{"XDG_RUNTIME_DIR", "/run/user/1000"}, {"RUNTIME_DIRECTORY", "/run/svc"}};
  const Environment session{{"XDG_RUNTIME_DIR", "/run/user/1000"}};
  EXPECT_EQ(DefaultPublishSocket(both, kUser), "/run/svc/publish.sock");
  EXPECT_EQ(DefaultPublishSocket(both, kRoot), "/run/svc/publish.sock");
  EXPECT_EQ(DefaultPublishSocket(session, kRoot), "/run/ringcast/publish.sock");
  EXPECT_EQ(DefaultPublishSocket(session, kUser), "/run/user/1000/ringcast/publish.sock");
  EXPECT_EQ(DefaultPublishSocket({}, kUser), "/tmp/ringcast-1000/publish.sock");
}

TEST_F(DefaultPaths, TheFirstOfSeveralRuntimeDirectoriesCounts) {
  EXPECT_EQ(DefaultPublishSocket({{"RUNTIME_DIRECTORY", "/run/a:/run/b"}}, kUser),
            "/run/a/publish.sock");
}

TEST_F(DefaultPaths, EmptyVariablesCountAsNotSet) {
  EXPECT_EQ(DefaultPublishSocket({{"RUNTIME_DIRECTORY", ""}, {"XDG_RUNTIME_DIR", ""}}, kUser),
            "/tmp/ringcast-1000/publish.sock");
}

TEST_F(DefaultPaths, AnExistingSocketIsFound) {
  const Environment environment{{"RUNTIME_DIRECTORY", directory_}};
  const std::string path = directory_ + "/publish.sock";
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(FindPublishSocket(environment, kUser), path);
  close(fd);
}

TEST_F(DefaultPaths, TheSocketsDirectoryIsCreated) {
  const std::string path = directory_ + "/sub/publish.sock";
  ASSERT_TRUE(EnsureSocketDirectory(path, geteuid()).ok());
  struct stat info {};
  ASSERT_EQ(stat((directory_ + "/sub").c_str(), &info), 0);
  EXPECT_TRUE(S_ISDIR(info.st_mode));
  EXPECT_TRUE(EnsureSocketDirectory(path, geteuid()).ok()) << "a second time";
  EXPECT_TRUE(EnsureSocketDirectory("publish.sock", geteuid()).ok());
  EXPECT_TRUE(EnsureSocketDirectory("/publish.sock", geteuid()).ok());
}

TEST_F(DefaultPaths, OnlyOneComponentIsCreated) {
  const Status made = EnsureSocketDirectory(directory_ + "/a/b/publish.sock", geteuid());
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().message,
            directory_ +
                "/a/b: cannot create the directory of the publish socket: No such file or "
                "directory; create it or choose another place with --publish-socket");
}

TEST_F(DefaultPaths, AStrangersDirectoryBelowTmpIsRefused) {
  EXPECT_FALSE(EnsureSocketDirectory(directory_ + "/publish.sock", geteuid() + 1).ok());
  ASSERT_EQ(chmod(directory_.c_str(), 0777), 0);
  EXPECT_FALSE(EnsureSocketDirectory(directory_ + "/publish.sock", geteuid()).ok());
  ASSERT_EQ(chmod(directory_.c_str(), 0700), 0);
  EXPECT_TRUE(EnsureSocketDirectory(directory_ + "/publish.sock", geteuid()).ok());
  ASSERT_EQ(symlink("/run", (directory_ + "/link").c_str()), 0);
  EXPECT_FALSE(EnsureSocketDirectory(directory_ + "/link/publish.sock", geteuid()).ok());
}

}  // namespace
}  // namespace ringcast
