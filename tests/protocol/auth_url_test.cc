#include "protocol/auth_url.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

AuthUrl Parse(std::string_view text) {
  const Result<AuthUrl> url = ParseAuthUrl(text);
  EXPECT_TRUE(url.ok()) << url.error().message;
  return *url;
}

std::string ErrorOf(std::string_view text) {
  const Result<AuthUrl> url = ParseAuthUrl(text);
  return url ? "accepted" : url.error().message;
}

TEST(AuthUrl, NamesAHostAndAPort) {
  const AuthUrl url = Parse("http://127.0.0.1:3000/sse-auth?x=%20");
  EXPECT_EQ(url.text, "http://127.0.0.1:3000/sse-auth?x=%20");
  EXPECT_EQ(url.request, url.text);
  EXPECT_EQ(url.host, "127.0.0.1");
  EXPECT_EQ(url.port, 3000);
  EXPECT_EQ(url.unix_socket, "");
  EXPECT_EQ(Parse("http://app").port, 80);
  EXPECT_EQ(Parse("https://App.Example.org/x").port, 443);
  EXPECT_EQ(Parse("https://App.Example.org/x").host, "app.example.org");
  EXPECT_EQ(Parse("http://[::1]:8000/a").host, "::1");
  EXPECT_EQ(Parse("http://[::1]:8000/a").port, 8000);
  EXPECT_EQ(Parse("http://[::1]").port, 80);
  EXPECT_EQ(Parse("http://app?x:1").port, 80) << "a colon behind the host is none of a port";
}

TEST(AuthUrl, OrAUnixSocket) {
  const AuthUrl url = Parse("http://unix:/run/app.sock:/sse-auth?x");
  EXPECT_EQ(url.unix_socket, "/run/app.sock");
  EXPECT_EQ(url.request, "http://localhost/sse-auth?x");
  EXPECT_EQ(url.host, "");
  EXPECT_EQ(url.port, 0);
  EXPECT_EQ(Parse("http://unix:/run/app.sock").request, "http://localhost/");
}

TEST(AuthUrl, WhatIsNoSuchUrlIsRefusedWithTheRemedy) {
  EXPECT_EQ(ErrorOf("127.0.0.1:3000"),
            "\"127.0.0.1:3000\" is not a URL of the application; write one such as "
            "http://127.0.0.1:3000/sse-auth");
  EXPECT_EQ(ErrorOf("http://app:99999/"),
            "\"http://app:99999/\" has no valid port; write a number from 1 to 65535 after the "
            "colon");
  EXPECT_EQ(ErrorOf("http://unix:app.sock:/x"),
            "\"http://unix:app.sock:/x\" does not name a UNIX socket and what to ask for there; "
            "write http://unix:/PATH.sock:/URI");
  for (const char* text : {"",
                           "http://",
                           "http:///x",
                           "ftp://app/x",
                           "HTTP://app/x",
                           "http://a b/",
                           "http://app/#x",
                           "http://app/\r\nX: y",
                           "http://user@app/",
                           "http://u:p@app/x",
                           "http://app:/",
                           "http://app:0/",
                           "http://app:+1/",
                           "http://[::1/",
                           "http://[]/",
                           "http://[::1]x/",
                           "http://a/\x80",
                           "http://unix:/x/:/y",
                           "http://unix::/y",
                           "http://unix:/x:y",
                           "https://unix:/x:/y",
                           "http://app\"/"}) {
    EXPECT_NE(ErrorOf(text), "accepted") << text;
  }
  EXPECT_NE(ErrorOf("http://unix:/" + std::string(107, 'x') + ":/y"), "accepted");
  EXPECT_NE(ErrorOf("http://app/" + std::string(2048, 'x')), "accepted");
}

}  // namespace
}  // namespace ringcast
