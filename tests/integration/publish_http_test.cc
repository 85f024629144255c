// Publishing over the HTTP form of the publish socket, as curl does it.
#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

using PublishHttpTest = DaemonTest;

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return lines;
}

TEST_F(PublishHttpTest, AnswersIdAndSubscribers) {
  Start({"--shards", "3"});
  std::vector<Stream> streams;
  for (std::uint64_t count = 0; count < 30; ++count) {
    // Exact at once: whoever has read `connected` is counted.
    const HttpResponse response = PublishRequest("POST", "/publish/demo", "x");
    ASSERT_EQ(response.status, 200);
    EXPECT_EQ(response.header("Content-Type"), "application/json");
    const Json answer = Json::Parse(response.body);
    EXPECT_EQ(answer["subscribers"].Number(), count);
    for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, answer["id"].Text());
    streams.push_back(Follow(count % 2 == 0 ? "/events/demo" : "/events?channel=o&channel=demo"));
  }
  streams.erase(streams.begin() + 5, streams.end());
  EXPECT_TRUE(Eventually([&] {
    return Json::Parse(PublishRequest("GET", "/channels/demo").body)["subscribers"].Number() == 5;
  }));
}

TEST_F(PublishHttpTest, RefusalsNameTheReasonAndChangeNothing) {
  Start({"--max-event-size", "1000"});
  Stream stream = Follow("/events?channel=demo&channel=a");
  struct Refusal {
    std::string method, target, body;
    int status;
  };
  for (const Refusal& refusal :
       std::vector<Refusal>{{"POST", "/publish/demo", "", 400},
                            {"POST", "/publish/", "x", 400},
                            {"POST", "/publish/a//b", "x", 400},
                            {"POST", "/publish/../x", "x", 400},
                            {"POST", "/publish/a%20b", "x", 400},
                            {"POST", "/publish/" + std::string(256, 'n'), "x", 400},
                            {"POST", "/publish/demo?event=a%0Ab", "x", 400},
                            {"POST", "/publish/demo?event=a%0Db", "x", 400},
                            {"POST", "/publish/demo?event=a%00b", "x", 400},
                            {"POST", "/publish/demo?event=a%7F", "x", 400},
                            {"POST", "/publish/demo?event=%C2%85", "x", 400},
                            {"POST", "/publish/demo?event=%ff", "x", 400},
                            {"POST", "/publish/demo?event=" + std::string(256, 't'), "x", 400},
                            {"POST", "/publish/demo?type=a", "x", 400},
                            {"POST", "/publish/demo", "\xff", 400},
                            {"POST", "/publish/demo", "\xC0\xAF", 400},
                            {"POST", "/publish/demo", "\xED\xA0\x80", 400},
                            {"POST", "/publish/demo", std::string(1001, 'x'), 413},
                            {"POST", "/publish", "", 400},
                            {"GET", "/publish/demo", "", 405},
                            {"PUT", "/publish/demo", "", 405},
                            {"GET", "/channels/", "", 400},
                            {"GET", "/channels/a%00", "", 400},
                            {"GET", "/channels/none", "", 404},
                            {"DELETE", "/channels/none", "", 404},
                            {"POST", "/channels/demo", "", 405},
                            {"GET", "/", "", 404},
                            {"GET", "/events/demo", "", 404},
                            {"POST", "/other", "x", 404}}) {
    const HttpResponse response = PublishRequest(refusal.method, refusal.target, refusal.body);
    EXPECT_EQ(response.status, refusal.status) << refusal.method << " " << refusal.target;
    EXPECT_FALSE(Json::Parse(response.body)["error"].Text().empty()) << refusal.target;
  }
  EXPECT_EQ(PublishRequest("POST", "/publish/demo", std::string(1000, 'x')).status, 200);
  EXPECT_EQ(stream.Next().data, std::string(1000, 'x')) << "nothing before it";
  EXPECT_EQ(Stats()["events"]["published"].Number(), 1u);
}

TEST_F(PublishHttpTest, NdjsonAnswersEachLineInItsPlace) {
  Start();
  Stream stream = Follow("/events?channel=a&channel=b");
  const std::string body = R"({"channel":"a","data":"text\nwith a line"})"
                           "\n"
                           R"({"channel":"b","event":"price","data":{"n":1.50, "a": [1, 2, null]}})"
                           "\r\n"
                           R"(no json)"
                           "\n"
                           "\n"
                           R"({"channel":"bad channel","data":1})"
                           "\n"
                           R"({"channel":"a","event":"x\ny","data":1})"
                           "\n"
                           R"({"channel":"a"})"
                           "\n"
                           R"({"channel":"a","data":true})";
  const HttpResponse response = PublishRequest("POST", "/publish", body);
  EXPECT_EQ(response.status, 200);
  const std::vector<std::string> lines = Lines(response.body);
  ASSERT_EQ(lines.size(), 7u) << response.body;
  const SseEvent text = stream.Next();
  EXPECT_EQ(text.data, "text\nwith a line");
  EXPECT_EQ(text.id, Json::Parse(lines[0])["id"].Text());
  EXPECT_EQ(Json::Parse(lines[0])["subscribers"].Number(), 1u);
  const SseEvent price = stream.Next();
  EXPECT_EQ(price.type, "price");
  EXPECT_EQ(price.data, R"({"n":1.50,"a":[1,2,null]})");
  for (const auto& [index, line] :
       std::vector<std::pair<std::size_t, std::uint64_t>>{{2, 3}, {3, 5}, {4, 6}, {5, 7}}) {
    const Json refused = Json::Parse(lines[index]);
    EXPECT_FALSE(refused["error"].Text().empty());
    EXPECT_EQ(refused["line"].Number(), line);
  }
  EXPECT_EQ(stream.Next().id, Json::Parse(lines[6])["id"].Text());
}

TEST_F(PublishHttpTest, NdjsonOfManyLinesOnManyChannels) {
  Start({"--shards", "2"});
  Stream stream = Follow("/events?channel=c7&channel=c8");
  constexpr int kLines = 20000;
  std::string body;
  for (int i = 0; i < kLines; ++i) {
    body +=
        R"({"channel":"c)" + std::to_string(i % 5000) + R"(","data":)" + std::to_string(i) + "}\n";
  }
  const HttpResponse response = PublishRequest("POST", "/publish", body);
  const std::vector<std::string> lines = Lines(response.body);
  ASSERT_EQ(lines.size(), static_cast<std::size_t>(kLines));
  for (int i = 0; i < kLines; i += 5000) {
    for (const int c : {7, 8}) {
      const SseEvent event = stream.Next();
      EXPECT_EQ(event.data, std::to_string(i + c));
      EXPECT_EQ(event.id, Json::Parse(lines[static_cast<std::size_t>(i + c)])["id"].Text());
    }
  }
}

TEST_F(PublishHttpTest, ThousandPipelinedRequestsAreAnsweredInOrder) {
  Start();
  Stream stream = Follow("/events/demo");
  constexpr int kRequests = 1000;
  std::string requests;
  for (int i = 0; i < kRequests; ++i) {
    const std::string data = std::to_string(i);
    if (i % 3 == 0) {
      requests += "POST /publish/demo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  std::to_string(data.size()) + "\r\n" + data + "\r\n0\r\n\r\n";
    } else {
      requests += "POST /publish/demo HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                  std::to_string(data.size()) + "\r\n\r\n" + data;
    }
  }
  HttpClient publisher = ConnectPublisher();
  Must(publisher.Send(requests, kPatience));
  for (int i = 0; i < kRequests; ++i) {
    const HttpResponse response = Must(publisher.ReadResponse(kPatience));
    ASSERT_EQ(response.status, 200);
    const SseEvent event = stream.Next();
    ASSERT_EQ(event.data, std::to_string(i));
    ASSERT_EQ(event.id, Json::Parse(response.body)["id"].Text());
  }
}

TEST_F(PublishHttpTest, ChunkedBodyInPieces) {
  Start();
  Stream stream = Follow("/events/demo");
  HttpClient publisher = ConnectPublisher();
  std::string request =
      "POST /publish/demo?event=e HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;ext=1\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nContent-Length: 3\r\nHost: evil\r\n\r\n";
  for (std::size_t at = 0; at < request.size(); at += 7) {
    Must(publisher.Send(request.substr(at, 7), kPatience));
  }
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  const SseEvent event = stream.Next();
  EXPECT_EQ(event.type, "e");
  EXPECT_EQ(event.data, "hello world");
}

TEST_F(PublishHttpTest, ExpectContinue) {
  Start({"--max-event-size", "100"});
  const auto head = [](int length, const std::string& expectation, int minor = 1) {
    return "POST /publish/demo HTTP/1." + std::to_string(minor) +
           "\r\nHost: h\r\nExpect: " + expectation +
           "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  };
  HttpClient publisher = ConnectPublisher();
  Must(publisher.Send(head(2, "100-continue"), kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 100);
  Must(publisher.Send("ok", kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 200);
  // Refused without a 100, before the body is sent.
  Must(publisher.Send(head(101, "100-continue"), kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 413);
  EXPECT_TRUE(publisher.WaitForEnd(kPatience));

  HttpClient unknown = ConnectPublisher();
  Must(unknown.Send(head(2, "200-ok") + "ab", kPatience));
  EXPECT_EQ(Must(unknown.ReadResponse(kPatience)).status, 417);
  HttpClient old = ConnectPublisher();
  Must(old.Send(head(2, "100-continue", 0) + "ab", kPatience));
  EXPECT_EQ(Must(old.ReadResponse(kPatience)).status, 200) << "HTTP/1.0 knows no 100";
}

TEST_F(PublishHttpTest, TooLargeIsToldBeforeTheRestIsRead) {
  Start();
  Stream stream = Follow("/events/demo");
  HttpClient publisher = ConnectPublisher();
  Must(publisher.Send("POST /publish/demo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048577\r\n\r\n",
                      kPatience));
  EXPECT_EQ(Must(publisher.ReadResponse(kPatience)).status, 413);
  // A client that sends on regardless can still read the answer.
  const HttpResponse response =
      PublishRequest("POST", "/publish/demo", std::string((1 << 20) + 1, 'x'));
  EXPECT_EQ(response.status, 413);
  HttpClient huge = ConnectPublisher();
  Must(huge.Send("POST /publish HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n",
                 kPatience));
  EXPECT_EQ(Must(huge.ReadResponse(kPatience)).status, 413);
  Publish("demo", std::string(1 << 20, 'y'));
  EXPECT_EQ(stream.Next().data.size(), std::size_t{1} << 20);
}

TEST_F(PublishHttpTest, ChannelIsDescribedAndEnded) {
  Start();
  Stream one = Follow("/events/demo");
  Stream other_too = Follow("/events?channel=demo&channel=other");
  const std::vector<std::string> ids = PublishNumbers("demo", 3);
  for (Stream* stream : {&one, &other_too}) {
    for (int i = 0; i < 3; ++i) EXPECT_EQ(stream->Next().id, ids[static_cast<std::size_t>(i)]);
  }
  const Json channel = Json::Parse(PublishRequest("GET", "/channels/demo").body);
  EXPECT_EQ(channel["channel"].Text(), "demo");
  EXPECT_EQ(channel["subscribers"].Number(), 2u);
  EXPECT_EQ(channel["newest"].Text(), ids[2]);
  EXPECT_EQ(channel["history"]["events"].Number(), 3u);
  EXPECT_EQ(channel["history"]["oldest"].Text(), ids[0]);
  EXPECT_GT(channel["history"]["bytes"].Number(), 3u);

  EXPECT_EQ(PublishRequest("DELETE", "/channels/demo").status, 200);
  const SseEvent end = one.Next();
  EXPECT_EQ(end.type, "end");
  EXPECT_FALSE(end.has_id);
  EXPECT_EQ(Json::Parse(end.data)["channel"].Text(), "demo");
  EXPECT_EQ(one.client.WaitForEnd(kPatience), StreamEnd::kComplete);
  EXPECT_EQ(other_too.Next().type, "end");
  const std::string id = Publish("other", "goes on");
  EXPECT_EQ(other_too.Next().id, id);
  EXPECT_EQ(Closed("channel_ended"), 1u);
}

}  // namespace
}  // namespace ringcast::test
