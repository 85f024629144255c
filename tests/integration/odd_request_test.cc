// Requests that look odd and are right, and odd ones whose answer is not all that counts.
#include <chrono>
#include <thread>

#include "integration/daemon_test.h"
#include "integration/request_text.h"

namespace ringcast::test {
namespace {

class OddRequestTest : public DaemonTest {
 protected:
  void SetUp() override { Start({"--shards", "2"}); }
};

// What looks odd and is right: the request is served.
TEST_F(OddRequestTest, OddButSound) {
  const std::string longest = "/events/a?x=" + std::string(7988, 'q');  // a target of 8,000 octets
  for (const auto& [row, bytes] : std::vector<std::pair<int, std::string>>{
           {2, "\r\n\r\n" + Ask("/events/a")},
           {9, "GET /events/a HTTP/1.2\r\nHost: h\r\n\r\n"},
           {17, Ask(longest)},
           {19, "GET http://other/events/a HTTP/1.1\r\nHost: h\r\n\r\n"},
           {30, "GET /events/a HTTP/1.0\r\n\r\n"},
           {36, WithFields("X: \x80\xff\r\n")},
           {39, WithFields("Connection: host\r\n")},
           {55, WithFields("Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n")},
           {55, WithFields("Connection: upgrade\r\nUpgrade: websocket\r\n")},
           {56, WithFields("Range: bytes=0-4\r\nIf-None-Match: *\r\n")},
           {58, WithFields("Accept-Encoding: gzip, br\r\n")},
           {60, WithFields("X-Forwarded-For: 1.2.3.4\r\n")},
           {61, WithFields("User-Agent: \xc2\x9b"
                           "31m\r\n")}}) {
    for (const std::size_t step : {bytes.size(), std::size_t{11}}) {
      HttpClient client = Connect();
      for (std::size_t at = 0; at < bytes.size(); at += step) {
        Must(client.Send(bytes.substr(at, step), kPatience));
      }
      const HttpResponse head = Must(client.ReadHead(kPatience));
      EXPECT_EQ(head.status, 200) << "row " << row;
      EXPECT_EQ(head.header("Content-Type"), "text/event-stream") << "row " << row;
      EXPECT_EQ(head.header_count("Content-Encoding"), 0);
      EXPECT_TRUE(client.ReadUntil("event: connected", kPatience).ok()) << "row " << row;
      const std::string id = Publish("a", "x");
      EXPECT_TRUE(client.ReadUntil("id: " + id + "\ndata: x\n\n", kPatience).ok()) << "row " << row;
    }
  }
}

// Row 62: a request in single bytes.
TEST_F(OddRequestTest, OneByteAtATime) {
  HttpClient client = Connect();
  for (const char c : Ask("/events/a")) {
    Must(client.Send(std::string_view(&c, 1), kPatience));
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  EXPECT_EQ(Must(client.ReadHead(kPatience)).status, 200);
}

// Row 50: what stands in trailers is not merged into the request; the connection goes on.
TEST_F(OddRequestTest, TrailersAreDropped) {
  Stream stream = Follow("/events/a");
  HttpClient publisher = ConnectPublisher();
  Must(publisher.Send(Chunked("2\r\nab\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: gzip\r\n"
                              "Connection: close\r\nHost: evil\r\n\r\n") +
                          Post("Content-Length: 1\r\n\r\nc"),
                      kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(stream.Next().data, "ab");
  EXPECT_EQ(stream.Next().data, "c");
}

// Row 54: an expectation changes nothing about where a request ends.
TEST_F(OddRequestTest, ExpectationsDoNotMoveTheFraming) {
  Stream stream = Follow("/events/a");
  HttpClient publisher = ConnectPublisher();
  Must(publisher.Send(Post("Expect: 100-continue\r\nContent-Length: 0\r\n\r\n") +
                          Post("Content-Length: 1\r\n\r\nx"),
                      kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200) << "no data was announced";
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  EXPECT_EQ(stream.Next().data, "");
  EXPECT_EQ(stream.Next().data, "x");
}

// Rows 59 and 61: neither the answer nor the log repeats what was sent.
TEST_F(OddRequestTest, NothingIsReflected) {
  HttpClient client = Connect();
  Must(client.Send(
      "GET /events/%3Cscript%3E\x1b[31m HTTP/1.1\r\nHost: h\r\nOrigin: https://evil\r\n\r\n",
      kPatience));
  const std::string answer = Must(client.ReadAll(kPatience));
  EXPECT_EQ(answer.find("script"), std::string::npos);
  EXPECT_EQ(answer.find("evil"), std::string::npos);
  EXPECT_EQ(answer.find('\x1b'), std::string::npos);
  EXPECT_EQ(server().log().find('\x1b'), std::string::npos);
}

// Garbage of all kinds, as much as it takes: no line of the log for each, and the server stays.
TEST_F(OddRequestTest, RandomBytes) {
  std::uint32_t state = 12345;
  const auto next = [&state] { return state = state * 1664525 + 1013904223, state >> 16; };
  for (int i = 0; i < 400; ++i) {
    HttpClient client = i % 4 == 0 ? ConnectPublisher() : Connect();
    std::string bytes = i % 3 == 0 ? "GET /events/" : i % 3 == 1 ? "\xC5RCP\1" : "";
    for (std::uint32_t left = next() % 600; left > 0; --left) {
      bytes.push_back(static_cast<char>(next() % 256));
    }
    (void)client.Send(bytes, kPatience);
    if (i % 2 == 0) client.CloseWithReset();
  }
  Stream stream = Follow("/events/a");
  Publish("a", "still there");
  EXPECT_EQ(stream.Next().data, "still there");
  EXPECT_LT(server().log().size(), 4000u);
}

}  // namespace
}  // namespace ringcast::test
