#include "hostile/vector_test.h"

#include <chrono>

#include "hostile/split_run.h"
#include "hostile/vector_ground.h"
#include "integration/must.h"

namespace ringcast::test {
namespace {

constexpr std::chrono::seconds kPatience{15};

std::string HeadText(const HttpResponse& response) {
  std::string text = std::to_string(response.status) + " " + response.reason + "\n";
  for (const auto& [name, value] : response.headers) text += name + ": " + value + "\n";
  return text;
}

// Reads what a stream begins with, behind its head, until all that is expected of it has come.
std::string StreamStart(HttpClient& client, const std::string& head, const Expected& expected) {
  std::string text = head + Must(client.ReadUntil("event: connected", kPatience));
  text += Must(client.ReadUntil("\n\n", kPatience));
  for (const std::string& part : expected.holding) {
    if (text.find(part) == std::string::npos) text += Must(client.ReadUntil(part, kPatience));
  }
  return text;
}

// Behind the last answer nothing but the end, and not before the peer could read the answer.
void ExpectEnd(HttpClient& client, Surface surface) {
  EXPECT_EQ(Must(client.ReadAll(kPatience)), "") << "more than was asked for";
  // On a UNIX socket a reset drops nothing that was sent before it.
  if (surface == Surface::kTcp || surface == Surface::kRemote) {
    EXPECT_EQ(client.peer_end(), PeerEnd::kFin) << "the answer might be lost";
  }
}

// The next request on the connection is understood: both sides agree on where the last one ended.
void ExpectNextRequestIsAnswered(HttpClient& client, Surface surface) {
  const bool publish = surface == Surface::kPublish || surface == Surface::kRemote;
  const std::string bearer =
      surface == Surface::kRemote
          ? "Authorization: Bearer " + VectorGround::PublisherToken() + "\r\n"
          : "";
  Must(client.Send("GET " + std::string(publish ? "/channels/nobody" : "/health") +
                       " HTTP/1.1\r\nHost: h\r\n" + bearer + "\r\n",
                   kPatience));
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, publish ? 404 : 200);
}

void Judge(HttpClient& client, const Vector& vector) {
  const Expected& expected = vector.expected;
  const bool stream = expected.ending == Expected::Ending::kStream;
  std::string last;
  bool closes = false;
  for (std::size_t i = 0; i < expected.statuses.size(); ++i) {
    const bool is_last = i + 1 == expected.statuses.size();
    const HttpResponse response = is_last && stream
                                      ? Must(client.ReadHead(kPatience))
                                      : Must(client.ReadResponse(kPatience, expected.to_head));
    last = HeadText(response);
    ASSERT_EQ(response.status, expected.statuses[i]) << last << response.body;
    closes = response.header("Connection") == "close";
    if (is_last && stream) {
      EXPECT_EQ(response.header("Content-Type"), "text/event-stream");
      EXPECT_EQ(response.header_count("Content-Encoding"), 0);
      last = StreamStart(client, last, expected);
    }
    last += response.body;
  }
  for (const std::string& part : expected.holding) {
    EXPECT_NE(last.find(part), std::string::npos) << part << " is missing in\n" << last;
  }
  for (const std::string& part : expected.without) {
    EXPECT_EQ(last.find(part), std::string::npos) << part << " is in\n" << last;
  }
  switch (expected.ending) {
    case Expected::Ending::kClosed:
      EXPECT_TRUE(closes) << last;
      ExpectEnd(client, vector.surface);
      break;
    case Expected::Ending::kGoesOn:
      EXPECT_FALSE(closes) << last;
      ExpectNextRequestIsAnswered(client, vector.surface);
      break;
    case Expected::Ending::kStream:
      break;
  }
  for (const std::string& data : expected.published) {
    EXPECT_EQ(VectorGround::Get().NextEvent().data, data);
  }
}

}  // namespace

TEST_P(VectorTest, AtEverySplit) {
  const Vector& vector = GetParam();
  VectorGround& ground = VectorGround::Get();
  SplitRun run;
  run.connect = [&] { return ground.Connect(vector.surface); };
  run.check = [&](HttpClient& client) { Judge(client, vector); };
  for (const std::string& data : vector.expected.published) {
    if (data.size() > kLargeEvent) run.at_once = 1;
  }
  std::size_t executions = 0;
  try {
    executions = FireInEverySplit(vector.bytes, run);
    ground.ExpectNothingElsePublished();
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
  ground.Count(executions);
}

}  // namespace ringcast::test
