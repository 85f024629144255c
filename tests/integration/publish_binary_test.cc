// Publishing over the binary form of the publish socket, with frames made by hand.
#include <chrono>
#include <thread>

#include "integration/daemon_test.h"
#include "integration/raw_publisher.h"

namespace ringcast::test {
namespace {

class PublishBinaryTest : public DaemonTest {
 protected:
  RawPublisher ConnectBinary() { return Must(RawPublisher::Connect(server().publish_socket())); }

  // Sends the bytes after a hello; the server must answer with this error and close.
  void ExpectBroken(const std::string& bytes, int code) {
    RawPublisher publisher = ConnectBinary();
    Must(publisher.Send(bytes, kPatience));
    const RawPublisher::Answer answer = Must(publisher.Next(kPatience));
    EXPECT_EQ(answer.kind, RawPublisher::kError);
    EXPECT_EQ(answer.code, code);
    EXPECT_FALSE(answer.text.empty());
    EXPECT_TRUE(publisher.AtEnd(kPatience));
  }
};

TEST_F(PublishBinaryTest, PipelinedFramesAreAcknowledgedInOrderAndTogether) {
  Start({"--max-event-size", "5000"});
  Stream stream = Follow("/events/demo");
  RawPublisher publisher = ConnectBinary();
  EXPECT_EQ(publisher.max_data(), 5000u);
  constexpr std::uint64_t kFirst = 1'000'000'000'000;
  constexpr std::uint64_t kEvents = 3000;
  std::string frames;
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    frames += RawPublisher::Frame(kFirst + i, "demo", i % 2 == 0 ? "even" : "", std::to_string(i));
  }
  Must(publisher.Send(frames, kPatience));
  std::vector<std::string> ids;
  std::uint64_t answers = 0;
  for (; ids.size() < kEvents; ++answers) {
    const RawPublisher::Answer answer = Must(publisher.Next(kPatience));
    ASSERT_EQ(answer.kind, RawPublisher::kAck);
    ASSERT_EQ(answer.request, kFirst + ids.size());
    ids.insert(ids.end(), answer.ids.begin(), answer.ids.end());
  }
  EXPECT_EQ(ids.size(), kEvents);
  EXPECT_LT(answers, kEvents / 10) << "acks are cumulative";
  for (std::uint64_t i = 0; i < kEvents; ++i) {
    const SseEvent event = stream.Next();
    ASSERT_EQ(event.id, ids[i]);
    ASSERT_EQ(event.type, i % 2 == 0 ? "even" : "message");
    ASSERT_EQ(event.data, std::to_string(i));
  }
}

TEST_F(PublishBinaryTest, RefusedFramesAreAnsweredInTheirPlaceAndTheConnectionGoesOn) {
  Start({"--max-event-size", "100"});
  Stream stream = Follow("/events/demo");
  RawPublisher publisher = ConnectBinary();
  struct Case {
    std::string channel, type, data;
    int code;  // 0: accepted
  };
  const std::vector<Case> cases = {{"demo", "", "first", 0},
                                   {"bad channel", "", "x", 1},
                                   {"", "", "x", 1},
                                   {std::string(256, 'n'), "", "x", 1},
                                   {std::string(60000, 'n'), "", "x", 1},
                                   {"demo", "a\nb", "x", 2},
                                   {"demo", "a\rb", "x", 2},
                                   {"demo", std::string("a\0b", 3), "x", 2},
                                   {"demo", "\xC2\x9F", "x", 2},
                                   {"demo", "", "\xff", 3},
                                   {"demo", "", "\xF4\x90\x80\x80", 3},
                                   {"demo", "", std::string(101, 'x'), 4},
                                   {"demo", "", std::string(10'000'000, 'x'), 4},  // row 90
                                   {"demo", std::string(255, 't'), std::string(100, 'x'), 0},
                                   {"demo", "", "", 0}};
  std::string frames;
  std::uint64_t request = 5;
  for (const Case& each : cases) {
    frames += RawPublisher::Frame(request++, each.channel, each.type, each.data);
  }
  Must(publisher.Send(frames, kPatience));
  request = 5;
  for (std::size_t i = 0; i < cases.size();) {
    const RawPublisher::Answer answer = Must(publisher.Next(kPatience));
    ASSERT_EQ(answer.request, request);
    if (answer.kind == RawPublisher::kAck) {
      for (std::size_t j = 0; j < answer.ids.size(); ++j, ++i, ++request) {
        ASSERT_LT(i, cases.size());
        EXPECT_EQ(cases[i].code, 0) << i;
      }
      continue;
    }
    EXPECT_EQ(answer.kind, RawPublisher::kNack);
    EXPECT_EQ(answer.code, cases[i].code) << i;
    EXPECT_FALSE(answer.text.empty());
    ++i;
    ++request;
  }
  EXPECT_EQ(stream.Next().data, "first");
  EXPECT_EQ(stream.Next().type, std::string(255, 't'));
  EXPECT_EQ(stream.Next().data, "");
  EXPECT_EQ(Stats()["events"]["published"].Number(), 3u);
}

TEST_F(PublishBinaryTest, Row91LengthsThatNoFrameHas) {
  Start();
  constexpr std::uint32_t kMost = 0x01000400;
  for (const std::uint32_t length : {0u, 11u, kMost + 1, 0x80000000u, 0xffffffffu}) {
    ExpectBroken(RawPublisher::Header(length, 1, 0, 1, 1), 1);
    // The length alone is enough: the rest may never come.
    ExpectBroken(RawPublisher::Header(length, 1, 0, 1, 1).substr(0, 4), 1);
  }
  ExpectBroken(RawPublisher::Header(14, 1, 2, 1, 1) + "xxxx", 1);  // too short for its names
  EXPECT_LT(Stats()["memory"]["resident_bytes"].Number(), 400u << 20);
}

TEST_F(PublishBinaryTest, OtherBrokenFrames) {
  Start();
  ExpectBroken(RawPublisher::Header(13, 2, 0, 1, 1) + "a", 2);
  ExpectBroken(RawPublisher::Header(13, 0x81, 0, 1, 1) + "a", 2);
  const std::string skips =
      RawPublisher::Frame(7, "a", "", "x") + RawPublisher::Frame(9, "a", "", "y");
  RawPublisher publisher = ConnectBinary();
  Must(publisher.Send(skips, kPatience));
  EXPECT_EQ(Must(publisher.Next(kPatience)).kind, RawPublisher::kAck) << "what came before counts";
  const RawPublisher::Answer answer = Must(publisher.Next(kPatience));
  EXPECT_EQ(answer.kind, RawPublisher::kError);
  EXPECT_EQ(answer.code, 3);
  EXPECT_EQ(answer.request, 7u);
  EXPECT_TRUE(publisher.AtEnd(kPatience));
  EXPECT_EQ(Stats()["events"]["published"].Number(), 1u);
}

TEST_F(PublishBinaryTest, Hellos) {
  Start();
  RawPublisher later = Must(RawPublisher::ConnectSilently(server().publish_socket()));
  Must(later.Send(RawPublisher::Hello(3), kPatience));
  EXPECT_TRUE(later.ReadHello(kPatience, 2).ok()) << "the server says which version it speaks";
  EXPECT_TRUE(later.AtEnd(kPatience));
  for (const std::string& bad : {std::string("\xC5"
                                             "ABC\1\0\0\0",
                                             8),
                                 std::string("\xC5RCP\1\1\0\0", 8)}) {
    RawPublisher publisher = Must(RawPublisher::ConnectSilently(server().publish_socket()));
    Must(publisher.Send(bad, kPatience));
    EXPECT_TRUE(publisher.AtEnd(kPatience));
  }
  // In pieces, and with the first frame close behind.
  RawPublisher pieces = Must(RawPublisher::ConnectSilently(server().publish_socket()));
  for (const char c : RawPublisher::Hello() + RawPublisher::Frame(0, "a", "t", "data")) {
    Must(pieces.Send(std::string_view(&c, 1), kPatience));
    std::this_thread::sleep_for(1ms);
  }
  Must(pieces.ReadHello(kPatience));
  EXPECT_EQ(Must(pieces.ReadIds(1, kPatience)).size(), 1u);
}

TEST_F(PublishBinaryTest, Row93And94PublisherThatDies) {
  Start();
  Stream stream = Follow("/events/demo");
  const std::string frame = RawPublisher::Frame(1, "demo", "", "whole");
  for (std::size_t size = 1; size < frame.size(); size += 3) {
    RawPublisher publisher = ConnectBinary();
    Must(publisher.Send(frame.substr(0, size), kPatience));
    publisher.connection().Close();
  }
  {
    RawPublisher publisher = ConnectBinary();
    Must(
        publisher.Send(frame + RawPublisher::Frame(2, "demo", "", "cut").substr(0, 20), kPatience));
    publisher.connection().Close();  // before the ack is read
  }
  EXPECT_EQ(stream.Next().data, "whole");
  ExpectQuiet(stream, 100ms);
  EXPECT_TRUE(Eventually([&] { return Stats()["publishers"].Number() == 0; }));
  EXPECT_EQ(Stats()["events"]["published"].Number(), 1u);
}

// Rows 64 and 92, and what must not be taken for them. One after the other these would take long.
TEST_F(PublishBinaryTest, FramesAndRequestsMustBeWholeInTenSeconds) {
  Start();
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  const std::string frame = RawPublisher::Frame(1, "demo", "", "data");
  RawPublisher half = ConnectBinary();
  Must(half.Send(frame.substr(0, frame.size() - 1), kPatience));
  RawPublisher oversized = ConnectBinary();
  Must(oversized.Send(RawPublisher::Header(3'000'000, 1, 0, 4, 1) + "demo", kPatience));
  EXPECT_EQ(Must(oversized.Next(kPatience)).kind, RawPublisher::kNack);
  RawPublisher half_hello = Must(RawPublisher::ConnectSilently(server().publish_socket()));
  Must(half_hello.Send(RawPublisher::Hello().substr(0, 5), kPatience));
  HttpClient half_body = ConnectPublisher();
  Must(half_body.Send("POST /publish/demo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nfour",
                      kPatience));
  RawPublisher idle = ConnectBinary();
  HttpClient idle_http = ConnectPublisher();
  Must(idle_http.Send("GET /channels/none HTTP/1.1\r\nHost: h\r\n\r\n", kPatience));
  EXPECT_EQ(Must(idle_http.ReadResponse(kPatience)).status, 404);

  // A publisher of which the server never sees the end of a frame and nothing more, yet who
  // finishes frame after frame.
  RawPublisher busy = ConnectBinary();
  HttpClient busy_http = ConnectPublisher();
  const std::string request =
      "POST /publish/demo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello";
  Must(busy.Send(RawPublisher::Frame(0, "demo", "", "hello").substr(0, 5), kPatience));
  Must(busy_http.Send(request.substr(0, 5), kPatience));
  std::uint64_t next = 1;
  bool busy_lives = true;
  while (Clock::now() - begin < 12s && busy_lives) {
    Must(busy.Send(RawPublisher::Frame(next - 1, "demo", "", "hello").substr(5) +
                       RawPublisher::Frame(next, "demo", "", "hello").substr(0, 5),
                   kPatience));
    Must(busy_http.Send(request.substr(5) + request.substr(0, 5), kPatience));
    ++next;
    busy_lives = Must(busy.Next(kPatience)).kind == RawPublisher::kAck &&
                 Must(busy_http.ReadResponse(kPatience)).status == 200;
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_TRUE(busy_lives) << "it made progress all the time";

  const RawPublisher::Answer told = Must(half.Next(1s));
  EXPECT_EQ(told.kind, RawPublisher::kError);
  EXPECT_EQ(told.code, 4);
  EXPECT_TRUE(half.AtEnd(1s));
  EXPECT_TRUE(half_hello.AtEnd(1s));
  const HttpResponse late = Must(half_body.ReadResponse(1s));
  EXPECT_EQ(late.status, 408);
  const Result<RawPublisher::Answer> rest = oversized.Next(1s);
  EXPECT_TRUE(rest.ok() && rest->code == 4) << "the rest of a refused frame has no longer time";
  // Who sends nothing at all may stay.
  Must(idle.Send(frame, kPatience));
  EXPECT_EQ(Must(idle.ReadIds(1, kPatience)).size(), 1u);
  Must(idle_http.Send("GET /channels/none HTTP/1.1\r\nHost: h\r\n\r\n", kPatience));
  EXPECT_EQ(Must(idle_http.ReadResponse(kPatience)).status, 404);
}

}  // namespace
}  // namespace ringcast::test
