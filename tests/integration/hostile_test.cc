// Requests that were made to confuse, by the rows of the table of hostile inputs, over real
// sockets. Where they are split does not matter to the parser, which is tested at every byte; here
// each goes whole and in a few pieces. After each the server still serves a stream that was there
// before.
#include <chrono>
#include <thread>

#include "integration/daemon_test.h"
#include "integration/request_text.h"

namespace ringcast::test {
namespace {

struct Input {
  int row;
  std::string bytes;
  int status;
};

class HostileTest : public DaemonTest {
 protected:
  void SetUp() override {
    Start({"--shards", "2"});
    healthy_ = Follow("/events/healthy");
  }

  // Sends each whole and in pieces; the answer must have the status and end the connection.
  void ExpectAll(const std::vector<Input>& inputs, bool to_publish_socket = false) {
    for (const Input& input : inputs) {
      for (const std::size_t pieces : {1u, 2u, 5u}) {
        SCOPED_TRACE("row " + std::to_string(input.row) + " in " + std::to_string(pieces) +
                     " pieces: " + input.bytes.substr(0, 200));
        HttpClient client = to_publish_socket ? ConnectPublisher() : Connect();
        const std::size_t step = input.bytes.size() / pieces + 1;
        for (std::size_t at = 0; at < input.bytes.size(); at += step) {
          if (!client.Send(input.bytes.substr(at, step), kPatience).ok()) break;
          if (pieces > 1) std::this_thread::sleep_for(1ms);
        }
        ExpectAnswer(client, input.status, to_publish_socket);
      }
      const std::string id = Publish("healthy", std::to_string(input.row));
      ASSERT_EQ(healthy_->Next().id, id) << "row " << input.row;
    }
    EXPECT_EQ(Stats()["events"]["published"].Number(), inputs.size()) << "and nothing else";
  }

 private:
  void ExpectAnswer(HttpClient& client, int status, bool may_reset) {
    const std::string all = Must(client.ReadAll(kPatience));
    if (!may_reset) {
      EXPECT_EQ(client.peer_end(), PeerEnd::kFin) << "the answer might be lost";
    }
    EXPECT_TRUE(all.starts_with("HTTP/1.1 " + std::to_string(status) + " ")) << all;
    EXPECT_NE(all.find("\r\nConnection: close\r\n"), std::string::npos) << all;
    EXPECT_EQ(all.find("\r\nDate: "), all.rfind("\r\nDate: ")) << "a second answer: " << all;
  }

  std::optional<Stream> healthy_;
};

TEST_F(HostileTest, RequestLines) {
  const std::string end = "\r\nHost: h\r\n\r\n";
  ExpectAll({{2, "\r\n\r\n\r\n" + Ask("/health"), 400},
             {3, "GET /events/a HTTP/1.1\nHost: h\n\n", 400},
             {3, "GET /events/a HTTP/1.1\r\nHost: h\n\r\n", 400},
             {4, "GET /events/a HTTP/1.1\rHost: h\r\n\r\n", 400},
             {4, "GET /events/a HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", 400},
             {5, "GET  /events/a HTTP/1.1" + end, 400},
             {5, "GET\t/events/a HTTP/1.1" + end, 400},
             {5, "GET /events/a\vHTTP/1.1" + end, 400},
             {5, "GET /events/a HTTP/1.1 " + end, 400},
             {6, "GET /events/a" + end, 400},
             {6, "GET /events/a HTTP/0.9" + end, 400},
             {6, "GET HTTP/1.1" + end, 400},
             {7, "GET /events/a http/1.1" + end, 400},
             {7, "GET /events/a HTTP/1.10" + end, 400},
             {7, "GET /events/a HTTP/01.1" + end, 400},
             {7, "GET /events/a HTTP/1." + end, 400},
             {8, "GET /events/a HTTP/2.0" + end, 505},
             {8, "GET /events/a HTTP/9.9" + end, 505},
             {8, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
             {10, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x5b\x90", 13), 400},
             {10, std::string("\0\1\2\3\xff\xfe", 6), 400},
             {11, "G(T /events/a HTTP/1.1" + end, 400},
             {11, "GET\x80 /events/a HTTP/1.1" + end, 400},
             {12, "get /events/a HTTP/1.1" + end, 501},
             {12, "BREW /events/a HTTP/1.1" + end, 501},
             {12, std::string(100, 'M') + " /events/a HTTP/1.1" + end, 501},
             {16, "TRACE /events/a HTTP/1.1\r\nHost: h\r\nX-Secret: s\r\n\r\n", 405},
             {16, "CONNECT h:443 HTTP/1.1" + end, 501},
             {18, Ask("/events/" + std::string(9000, 'a')), 414},
             {18, Ask("/" + std::string(100'000, 'a')), 414},
             {20, Ask("*"), 400},
             {20, Ask("h:80"), 400},
             {21, Ask("/events/a#b"), 400},
             {22, Ask("/events/a b"), 400},
             {22, Ask("/events/a\x01"), 400},
             {22, Ask(std::string("/events/\0", 9)), 400},
             {22, Ask("/events/a\x7f"), 400},
             {22, Ask("/events/\xc3\xbc"), 400},
             {23, Ask("/events/%"), 400},
             {23, Ask("/events/%1"), 400},
             {23, Ask("/events/%zz"), 400},
             {24, Ask("/events/%00"), 400},
             {24, Ask("/events/a%0d%0aX:y"), 400},
             {24, Ask("/events/a%2fb"), 400},
             {24, Ask("/events/a%5cb"), 400},
             {25, Ask("/events/%252e%252e"), 400},
             {26, Ask("/events/../../etc/passwd"), 400},
             {26, Ask("/events/%2e%2e/x"), 400},
             {26, Ask("/events//a"), 400},
             {26, Ask("/events/a\\b"), 400},
             {26, Ask("/events/%c0%ae"), 400},
             {27, Ask("/events/"), 400},
             {27, Ask("/events/" + std::string(256, 'n')), 400},
             {60, "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + Ask("/events/a"), 400},
             {121, Ask("/metrics"), 404},
             {121, Ask("/admin"), 404}});
}

TEST_F(HostileTest, Fields) {
  const std::string many = [] {
    std::string text;
    for (int i = 0; i < 65; ++i) text += "X" + std::to_string(i) + ": y\r\n";
    return text;
  }();
  ExpectAll({{29, "GET /events/a HTTP/1.1\r\n\r\n", 400},
             {29, WithFields("Host: h\r\n"), 400},
             {29, "GET /events/a HTTP/1.1\r\nHost: a, b\r\n\r\n", 400},
             {29, "GET /events/a HTTP/1.1\r\nHost: user@h\r\n\r\n", 400},
             {29, "GET /events/a HTTP/1.1\r\nHost: h/path\r\n\r\n", 400},
             {31, WithFields("X : y\r\n"), 400},
             {31, WithFields("X\t: y\r\n"), 400},
             {32, WithFields("X: y\r\n z\r\n"), 400},
             {33, "GET /events/a HTTP/1.1\r\n X: y\r\nHost: h\r\n\r\n", 400},
             {34, WithFields(": y\r\n"), 400},
             {34, WithFields("X\r\n"), 400},
             {34, WithFields("X(: y\r\n"), 400},
             {34, WithFields("X\xa0: y\r\n"), 400},
             {34, WithFields("X\x85: y\r\n"), 400},
             {35, WithFields(std::string("X: a\0b\r\n", 8)), 400},
             {35,
              WithFields("X: a\x01"
                         "b\r\n"),
              400},
             {35, WithFields("X: a\x7f\r\n"), 400},
             {37, WithFields(many), 431},
             {37, WithFields("X: " + std::string(100'000, 'y') + "\r\n"), 431},
             {38, WithFields("Content_Length: 5\r\n"), 400},
             {38, WithFields("Transfer_Encoding: chunked\r\n"), 400},
             {46, WithFields("Content-Length: 5\r\n") + "hello", 400},
             {46, WithFields("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n", 400},
             {53, WithFields("Expect: the-unexpected\r\n"), 417},
             {57, WithFields("Accept: application/json\r\n"), 406},
             {99, WithFields("Last-Event-ID: " + std::string(1 << 20, '1') + "\r\n"), 431}});
}

TEST_F(HostileTest, BodiesToThePublishSocket) {
  std::vector<Input> inputs;
  for (const char* length : {"+5", "-1", "0x5", "5 5", "5,6", "", "9223372036854775808",
                             "18446744073709551616", "999999999999999999999999999999"}) {
    inputs.push_back({40, Post("Content-Length: " + std::string(length) + "\r\n\r\nhello"), 400});
  }
  for (const char* same : {"5", "6"}) {
    inputs.push_back(
        {41, Post("Content-Length: 5\r\nContent-Length: " + std::string(same) + "\r\n\r\nhello"),
         400});
  }
  inputs.push_back(
      {42, Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400});
  inputs.push_back(
      {42, Post("tRANSFER-eNCODING: Chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n"), 400});
  inputs.push_back(
      {43, "POST /publish/a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400});
  for (const char* coding : {"xchunked", "gzip"}) {
    inputs.push_back(
        {44, Post("Transfer-Encoding: " + std::string(coding) + "\r\n\r\n0\r\n\r\n"), 501});
  }
  for (const char* coding :
       {"chunked,chunked", ",chunked", "\vchunked", "chunked ", "chunked, identity"}) {
    inputs.push_back(
        {45, Post("Transfer-Encoding: " + std::string(coding) + "\r\n\r\n0\r\n\r\n"), 400});
  }
  for (const char* size : {"0x5", "+5", "-5", "5_0", " 5", "5 ", "", "00000000000000005"}) {
    inputs.push_back({47, Chunked(std::string(size) + "\r\nhello\r\n0\r\n\r\n"), 400});
  }
  inputs.push_back({48, Chunked("5\nhello\r\n0\r\n\r\n"), 400});
  inputs.push_back({48, Chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), 400});
  inputs.push_back({48, Chunked("5;" + std::string(300, 'x') + "\r\nhello\r\n0\r\n\r\n"), 400});
  inputs.push_back({49, Chunked("5\r\nhello!\r\n0\r\n\r\n"), 400});
  inputs.push_back({49, Chunked("5\r\nhell\r\n0\r\n\r\n"), 400});
  inputs.push_back({49, Chunked("5\r\nhello0\r\n\r\n"), 400});
  inputs.push_back({51, Post("Content-Length: 1048577\r\n\r\nx"), 413});
  inputs.push_back({51, Chunked("fffffff\r\n" + std::string(20 << 20, 'x')), 413});
  inputs.push_back({53, Post("Expect: x\r\nContent-Length: 1\r\n\r\nx"), 417});
  inputs.push_back({8, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505});
  inputs.push_back({10, std::string("\x16\x03\x01\x02\x00\x01", 6), 400});
  ExpectAll(inputs, /*to_publish_socket=*/true);
}

}  // namespace
}  // namespace ringcast::test
