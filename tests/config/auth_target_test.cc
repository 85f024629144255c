#include "config/auth_target.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/config_text.h"

namespace ringcast {
namespace {

bool IsItself(const std::string& url, const ListenAddress& listen) {
  ServeOptions options;
  options.listen = {ListenAddress::Tcp("192.0.2.1", 1), listen};
  return !AuthUrlFault(url, options).empty();
}

TEST(AuthTarget, TheDaemonDoesNotAskItself) {
  EXPECT_TRUE(IsItself("http://127.0.0.1:8080/auth", ListenAddress::Tcp("127.0.0.1", 8080)));
  EXPECT_TRUE(IsItself("http://localhost:8080/auth", ListenAddress::Tcp("127.0.0.1", 8080)));
  EXPECT_TRUE(IsItself("http://127.0.0.1:8080/auth", ListenAddress::Tcp("0.0.0.0", 8080)));
  EXPECT_TRUE(IsItself("http://[::1]:8080/auth", ListenAddress::Tcp("::", 8080)));
  EXPECT_TRUE(IsItself("http://127.0.0.1/", ListenAddress::Tcp("127.0.0.1", 80)));
  EXPECT_TRUE(IsItself("http://unix:/run/x.sock:/a", ListenAddress::Unix("/run/x.sock")));
}

TEST(AuthTarget, OthersOnTheSameMachineAreAsked) {
  EXPECT_FALSE(IsItself("http://127.0.0.1:3000/auth", ListenAddress::Tcp("127.0.0.1", 8080)));
  EXPECT_FALSE(IsItself("http://192.0.2.7:8080/auth", ListenAddress::Tcp("0.0.0.0", 8080)));
  EXPECT_FALSE(IsItself("http://127.0.0.2:8080/auth", ListenAddress::Tcp("127.0.0.1", 8080)));
  EXPECT_FALSE(IsItself("http://unix:/run/app.sock:/a", ListenAddress::Unix("/run/x.sock")));
  EXPECT_FALSE(IsItself("http://unix:/run/app.sock:/a", ListenAddress::Tcp("127.0.0.1", 80)));
}

using AuthOptions = test::ConfigTextTest;

TEST_F(AuthOptions, AnAuthUrlIsEnough) {
  EXPECT_EQ(Load("").options.default_auth(), AuthMode::kNone);
  EXPECT_EQ(Load("auth-url = 'http://app/auth'").options.default_auth(), AuthMode::kUrl);
  EXPECT_EQ(Load("auth-url = 'http://app/auth'\nauth = 'none'").options.default_auth(),
            AuthMode::kNone);
}

TEST_F(AuthOptions, WhoDecidesMustBeThere) {
  EXPECT_EQ(ErrorsOf("\nauth = 'url'"),
            "f:2:1: auth: \"url\" asks the application, but nothing says where it is; add "
            "auth-url, such as http://127.0.0.1:3000/sse-auth\n");
  EXPECT_EQ(ErrorsOf("auth-url = 'http://localhost:8080/auth'"),
            "f:1:1: auth-url: http://localhost:8080/auth is at 127.0.0.1:8080, where subscribers "
            "connect: the daemon would ask itself; name the application\n");
  EXPECT_EQ(ErrorsOf("auth-url = 'localhost'"),
            "f:1:12: auth-url: \"localhost\" is not a URL of the application; write one such as "
            "http://127.0.0.1:3000/sse-auth\n");
}

TEST_F(AuthOptions, OfTwoWhoCouldDecideOneIsNamed) {
  const std::string both = "auth-url = 'http://app/auth'\njwt-key = 'main:/k.pem'\n";
  EXPECT_EQ(ErrorsOf(both),
            "f:1:1: auth-url: stands beside jwt-key, and both could decide; say which with auth = "
            "\"url\" or \"token\"\n");
  EXPECT_EQ(Load(both + "auth = 'url'").options.default_auth(), AuthMode::kUrl);
  EXPECT_EQ(Load(both + "auth = 'token'").options.default_auth(), AuthMode::kToken);
}

TEST_F(AuthOptions, ARouteMayAskSomebodyOfItsOwn) {
  const std::string route = "[[route]]\npath = '/a/{id}'\nchannels = 'a:{id}:{sub}'\n";
  const LoadedOptions loaded = Load(route + "auth-url = 'http://app/auth'");
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  EXPECT_EQ(AuthOf(loaded.options.routes[0], loaded.options), AuthMode::kUrl);
  EXPECT_EQ(loaded.options.default_auth(), AuthMode::kNone);
  EXPECT_EQ(ErrorsOf(route + "auth = 'url'"),
            "f:4:8: route.auth: url asks the application, but nothing says where it is; add "
            "auth-url, such as http://127.0.0.1:3000/sse-auth\n");
  EXPECT_TRUE(ErrorsOf(route + "auth-url = 'http://127.0.0.1:8080/'")
                  .starts_with("f:4:12: route.auth-url: http://127.0.0.1:8080/ is at "));
}

}  // namespace
}  // namespace ringcast
