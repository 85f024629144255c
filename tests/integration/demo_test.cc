// `serve --demo`: the page and its orders on the public listener, and that none of it is there
// without the option.
#include <thread>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

class DemoTest : public DaemonTest {
 protected:
  HttpResponse Post(const std::string& target, std::string_view body = {},
                    const HttpHeaders& headers = {}) {
    return Must(Connect().Request("POST", target, kPatience, body, headers));
  }
  std::string Host() { return "127.0.0.1:" + std::to_string(server().port()); }
};

TEST_F(DemoTest, ThePageComesWithAPolicyOfItsOwn) {
  Start({"--demo"});
  const HttpResponse page = Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.header("Content-Type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.header("Cache-Control"), "no-store");
  EXPECT_NE(page.body.find("data-socket=\"" + server().publish_socket() + "\""), std::string::npos);
  const std::string policy = page.header("Content-Security-Policy");
  EXPECT_EQ(policy.find("default-src 'none'"), 0u) << policy;
  EXPECT_NE(Get("/").header("Content-Security-Policy"), page.header("Content-Security-Policy"))
      << "a nonce is used once";
  const HttpResponse head = Must(Connect().Request("HEAD", "/", kPatience));
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
}

TEST_F(DemoTest, OrdersArePublished) {
  Start({"--demo", "--shards", "2"});
  Stream stream = Follow("/events/a/b");
  EXPECT_EQ(Post("/demo/publish/a/b", "one\ntwo").status, 202);
  EXPECT_EQ(stream.Next().data, "one\ntwo");
  EXPECT_EQ(Post("/demo/publish/a/b?event=progress%20%22", "{\"percent\":4}").status, 202);
  SseEvent event = stream.Next();
  EXPECT_EQ(event.type, "progress \"");
  EXPECT_EQ(event.data, "{\"percent\":4}");
  const std::string large(16 * 1024, 'x');
  EXPECT_EQ(Post("/demo/publish/a/b", large).status, 202);
  EXPECT_EQ(stream.Next().data, large);

  EXPECT_EQ(Post("/demo/flood/a/b").status, 202);
  for (int i = 1; i <= 1000; ++i) {
    ASSERT_EQ(stream.Next().data, std::to_string(i) + " of 1000");
  }
  EXPECT_EQ(Post("/demo/end/a/b").status, 202);
  EXPECT_EQ(stream.Next().type, "end");
}

TEST_F(DemoTest, RequestsGoOnBehindABodyHoweverTheyAreSplit) {
  Start({"--demo"});
  Stream stream = Follow("/events/a");
  const std::string request =
      "POST /demo/publish/a HTTP/1.1\r\nHost: " + Host() + "\r\nContent-Length: 5\r\n\r\nhello";
  const std::string both = request + "GET /health HTTP/1.1\r\nHost: " + Host() + "\r\n\r\n";
  for (const std::size_t cut :
       {std::size_t{1}, request.size() - 6, request.size() - 5, request.size() - 1, request.size(),
        request.size() + 3, both.size()}) {
    HttpClient client = Connect();
    Must(client.Send(both.substr(0, cut), kPatience));
    std::this_thread::sleep_for(20ms);  // so that the pieces come one by one
    Must(client.Send(both.substr(cut), kPatience));
    EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 202) << cut;
    EXPECT_EQ(Must(client.ReadResponse(kPatience)).body, "ok\n") << cut;
    EXPECT_EQ(stream.Next().data, "hello") << cut;
  }
  HttpClient asking = Send("POST /demo/publish/a HTTP/1.1\r\nHost: " + Host() +
                           "\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(Must(asking.ReadResponse(kPatience)).status, 100);
  Must(asking.Send("hello", kPatience));
  EXPECT_EQ(Must(asking.ReadResponse(kPatience)).status, 202);
  EXPECT_EQ(stream.Next().data, "hello");
  HttpClient chunked =
      Send("POST /demo/publish/a HTTP/1.1\r\nHost: " + Host() +
           "\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
  EXPECT_EQ(Must(chunked.ReadResponse(kPatience)).status, 202);
  EXPECT_EQ(stream.Next().data, "hello");
}

TEST_F(DemoTest, WhatIsNotThePagesIsRefused) {
  Start({"--demo"});
  Stream stream = Follow("/events/a");
  EXPECT_EQ(Post("/demo/publish/a", std::string(16 * 1024 + 1, 'x')).status, 413);
  EXPECT_EQ(Post("/demo/publish/a%00", "x").status, 400);
  EXPECT_EQ(Post("/demo/publish/a", "x", {{"Origin", "http://evil.example"}}).status, 403);
  EXPECT_EQ(Post("/demo/publish/a", "x", {{"X-Forwarded-For", "192.0.2.1"}}).status, 403);
  EXPECT_EQ(Post("/publish/a", "x").status, 404);
  EXPECT_EQ(Post("/events/a", "x").status, 405);
  for (const char* request :
       {"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        "POST /demo/publish/a HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n"
        "Content-Length: 1\r\n\r\nx"}) {
    HttpClient client = Send(request);
    EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 403);
  }
  // Nothing of all that was published.
  EXPECT_EQ(Post("/demo/publish/a", "own", {{"Origin", "http://localhost"}}).status, 202);
  EXPECT_EQ(stream.Next().data, "own");
}

TEST_F(DemoTest, AFloodOfFloodsIsSlowed) {
  Start({"--demo"});
  int refused = 0;
  for (int i = 0; i < 20; ++i) refused += Post("/demo/flood/a").status == 429 ? 1 : 0;
  EXPECT_GT(refused, 0);
}

TEST_F(DemoTest, WithoutTheOptionNoneOfItIsThere) {
  Start();
  EXPECT_EQ(Get("/").status, 404);
  EXPECT_EQ(Post("/demo/publish/a", "x").status, 404);
  EXPECT_EQ(Post("/demo/flood/a").status, 404);
}

TEST_F(DemoTest, WhatThePublishSocketRefusesIsTold) {
  Start({"--demo", "--max-event-size", "10"});
  EXPECT_EQ(Post("/demo/publish/a", "more than ten bytes").status, 202);
  EXPECT_TRUE(Eventually([this] {
    return server().log().find("demo: channel=a status=200 {\"error\":") != std::string::npos;
  })) << server().log();
}

}  // namespace
}  // namespace ringcast::test
