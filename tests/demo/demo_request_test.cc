#include "demo/demo_request.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "protocol/request_parser.h"

namespace ringcast {
namespace {

using Kind = DemoRequest::Kind;

// Reads a request from its text, as a shard would.
class Reader {
 public:
  explicit Reader(const std::string& text) : parser_({.max_body = kMaxDemoDataBytes}) {
    std::string_view rest = text;
    for (;;) {
      const ParseResult result = parser_.Feed(rest);
      rest.remove_prefix(result.consumed);
      if (result.status == ParseStatus::kHeadComplete) {
        takes_body = IsDemoOrder(parser_.head());
        continue;
      }
      EXPECT_EQ(result.status, ParseStatus::kComplete) << text;
      break;
    }
    request = ReadDemoRequest(parser_.head(), parser_.body());
  }
  DemoRequest request;
  bool takes_body = false;

 private:
  RequestParser parser_;
};

std::string Post(const std::string& target, const std::string& body = "x",
                 const std::string& fields = "Host: 127.0.0.1:8080\r\n") {
  return "POST " + target + " HTTP/1.1\r\n" + fields +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

TEST(DemoRequest, ThePageIsReadWithGet) {
  EXPECT_EQ(Reader("GET / HTTP/1.1\r\nHost: localhost:8080\r\n\r\n").request.kind, Kind::kPage);
  EXPECT_EQ(Reader("HEAD /?x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n").request.kind, Kind::kPage);
  const DemoRequest request = Reader(Post("/")).request;
  EXPECT_EQ(request.status, 405);
  EXPECT_EQ(request.allow, "GET, HEAD");
}

TEST(DemoRequest, OtherPathsAreNotTheDemos) {
  for (const char* target :
       {"/events/demo", "/health", "/demo", "/demox/publish/a", "/index.html"}) {
    const std::string text =
        std::string("GET ") + target + " HTTP/1.1\r\nHost: evil.example\r\n\r\n";
    EXPECT_EQ(Reader(text).request.kind, Kind::kNone) << target;
    EXPECT_FALSE(Reader(Post(target)).takes_body) << target;
  }
}

TEST(DemoRequest, OrdersNameTheirChannel) {
  const Reader one(Post("/demo/publish/a/b%3Ac?event=pro%67ress", "line 1\nline 2"));
  EXPECT_TRUE(one.takes_body);
  EXPECT_EQ(one.request.kind, Kind::kOrder);
  EXPECT_EQ(one.request.order.kind, DemoOrder::Kind::kPublish);
  EXPECT_EQ(one.request.order.channel, "a/b:c");
  EXPECT_EQ(one.request.order.type, "progress");
  EXPECT_EQ(one.request.order.data, "line 1\nline 2");
  EXPECT_EQ(Reader(Post("/demo/flood/a")).request.order.kind, DemoOrder::Kind::kFlood);
  EXPECT_EQ(Reader(Post("/demo/end/a")).request.order.kind, DemoOrder::Kind::kEnd);
  EXPECT_EQ(Reader(Post("/demo/publish/a", "")).request.order.data, "");
}

TEST(DemoRequest, WhatIsWrongIsRefusedWithAReason) {
  const std::vector<std::pair<std::string, int>> requests = {
      {Post("/demo/steal/a"), 404},
      {Post("/demo/publish/"), 400},
      {Post("/demo/publish/a%00"), 400},
      {Post("/demo/publish/../a"), 400},
      {Post("/demo/publish/a?event=%0a"), 400},
      {Post("/demo/publish/a", "\xff"), 400},
      {"GET /demo/publish/a HTTP/1.1\r\nHost: localhost\r\n\r\n", 405},
  };
  for (const auto& [text, status] : requests) {
    const DemoRequest request = Reader(text).request;
    EXPECT_EQ(request.kind, Kind::kRefused) << text;
    EXPECT_EQ(request.status, status) << text;
    EXPECT_FALSE(request.reason.empty()) << text;
  }
}

// Another site's page, by each way it could come.
TEST(DemoRequest, OnlyTheDemosOwnPageMayOrder) {
  const auto status = [](const std::string& fields) {
    return Reader(Post("/demo/publish/a", "x", fields)).request.status;
  };
  EXPECT_EQ(status("Host: localhost:8080\r\nOrigin: http://localhost:8080\r\n"), 0);
  EXPECT_EQ(status("Host: localhost:8080\r\n"), 0) << "curl";
  EXPECT_EQ(status("Host: localhost:8080\r\nOrigin: http://localhost:3000\r\n"), 403);
  EXPECT_EQ(status("Host: localhost:8080\r\nOrigin: https://localhost:8080\r\n"), 403);
  EXPECT_EQ(status("Host: localhost:8080\r\nOrigin: https://evil.example\r\n"), 403);
  EXPECT_EQ(status("Host: localhost:8080\r\nOrigin: null\r\n"), 403);
  EXPECT_EQ(status("Host: localhost:8080\r\nOrigin:\r\n"), 403);
  EXPECT_EQ(status("Host: evil.example:8080\r\nOrigin: http://evil.example:8080\r\n"), 403)
      << "a name that was made to point here";
  EXPECT_EQ(status("Host: localhost\r\nX-Forwarded-For: 192.0.2.1\r\n"), 403) << "a proxy";
  EXPECT_EQ(Reader("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n").request.status, 403);
}

}  // namespace
}  // namespace ringcast
