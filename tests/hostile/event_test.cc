// Rows 81 to 91: what an event may hold, sent in each of the three ways of publishing, in every
// split; and frames that are none.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "hostile/split_run.h"
#include "hostile/vector_ground.h"
#include "integration/json.h"
#include "integration/must.h"
#include "integration/raw_publisher.h"

namespace ringcast::test {
namespace {

constexpr std::chrono::seconds kPatience{15};

enum class Way { kRaw, kNdjson, kBinary };

struct EventVector {
  int row = 0;
  std::string name;
  std::string type;
  std::string data;
  // What a subscriber must make of the data; refused otherwise.
  bool accepted = true;
  std::string decoded;
  // The nack's code in the binary protocol, where it is refused.
  int nack = 0;
  Way way = Way::kRaw;
};

std::ostream& operator<<(std::ostream& out, const EventVector& vector) {
  return out << "row " << vector.row << " " << vector.name;
}

std::string NameOf(const ::testing::TestParamInfo<EventVector>& info) {
  char row[16];
  std::snprintf(row, sizeof row, "Row%03d_", info.param.row);
  const char* const way = info.param.way == Way::kRaw      ? "_Raw"
                          : info.param.way == Way::kNdjson ? "_Ndjson"
                                                           : "_Binary";
  return row + info.param.name + way;
}

std::string PercentEncoded(const std::string& text) {
  std::string out;
  for (const char c : text) {
    char escape[4];
    std::snprintf(escape, sizeof escape, "%%%02X", static_cast<unsigned char>(c));
    out += escape;
  }
  return out;
}

// In quotes; bytes from 0x80 on stay as they are, valid or not.
std::string JsonText(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || c == '"' || c == '\\') {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string Request(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         body;
}

std::string BytesOf(const EventVector& vector) {
  switch (vector.way) {
    case Way::kRaw:
      return Request("/publish/a?event=" + PercentEncoded(vector.type), vector.data);
    case Way::kNdjson:
      return Request("/publish", R"({"channel":"a","event":)" + JsonText(vector.type) +
                                     R"(,"data":)" + JsonText(vector.data) + "}\n");
    case Way::kBinary:
      break;
  }
  return RawPublisher::Hello() + RawPublisher::Frame(7, "a", vector.type, vector.data);
}

void JudgeAnswer(HttpClient& client, const EventVector& vector) {
  switch (vector.way) {
    case Way::kRaw: {
      const HttpResponse response = Must(client.ReadResponse(kPatience));
      const int refused = vector.nack == 4 ? 413 : 400;
      EXPECT_EQ(response.status, vector.accepted ? 200 : refused) << response.body;
      if (vector.nack != 4) break;
      // Its length alone has told; the rest is not read (row 51).
      EXPECT_EQ(response.header("Connection"), "close");
      EXPECT_TRUE(client.WaitForEnd(kPatience));
      return;
    }
    case Way::kNdjson: {
      const HttpResponse response = Must(client.ReadResponse(kPatience));
      EXPECT_EQ(response.status, 200) << response.body;
      EXPECT_EQ(Json::Parse(response.body).Has("error"), !vector.accepted) << response.body;
      break;
    }
    case Way::kBinary: {
      RawPublisher publisher = RawPublisher::Adopt(std::move(client));
      Must(publisher.ReadHello(kPatience));
      const RawPublisher::Answer answer = Must(publisher.Next(kPatience));
      EXPECT_EQ(answer.request, 7u);
      EXPECT_EQ(answer.kind, vector.accepted ? RawPublisher::kAck : RawPublisher::kNack)
          << answer.text;
      if (!vector.accepted) {
        EXPECT_EQ(answer.code, vector.nack) << answer.text;
      }
      // Whatever came of it, the connection goes on.
      Must(publisher.Send(RawPublisher::Frame(8, "a b", "", "x"), kPatience));
      EXPECT_EQ(Must(publisher.Next(kPatience)).code, 1);
      return;
    }
  }
  Must(client.Send("GET /channels/nobody HTTP/1.1\r\nHost: h\r\n\r\n", kPatience));
  EXPECT_EQ(Must(client.ReadResponse(kPatience)).status, 404);
}

// Fires the bytes in every split; judges with `judge`, and that nothing unexpected was published.
void Fire(const std::string& bytes, const std::function<void(HttpClient&)>& judge,
          bool large = false) {
  VectorGround& ground = VectorGround::Get();
  SplitRun run;
  run.connect = [&] { return ground.Connect(Surface::kPublish); };
  run.check = judge;
  if (large) run.at_once = 1;
  std::size_t executions = 0;
  try {
    executions = FireInEverySplit(bytes, run);
    ground.ExpectNothingElsePublished();
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
  ground.Count(executions);
}

class EventVectorTest : public ::testing::TestWithParam<EventVector> {};

TEST_P(EventVectorTest, AtEverySplit) {
  const EventVector& vector = GetParam();
  const auto judge = [&](HttpClient& client) {
    JudgeAnswer(client, vector);
    if (!vector.accepted) return;
    const SseEvent event = VectorGround::Get().NextEvent();
    EXPECT_EQ(event.data, vector.decoded);
    EXPECT_EQ(event.type, vector.type.empty() ? "message" : vector.type);
  };
  Fire(BytesOf(vector), judge, vector.data.size() > kLargeEvent);
}

void InEveryWay(std::vector<EventVector>& vectors, EventVector vector) {
  for (const Way way : {Way::kRaw, Way::kNdjson, Way::kBinary}) {
    vector.way = way;
    vectors.push_back(vector);
  }
}

std::vector<EventVector> Events() {
  std::vector<EventVector> vectors;
  const auto data = [&](int row, const std::string& name, const std::string& sent,
                        const std::string& decoded) {
    InEveryWay(vectors, {.row = row, .name = name, .type = "", .data = sent, .decoded = decoded});
  };
  const auto same = [&](int row, const std::string& name, const std::string& sent) {
    data(row, name, sent, sent);
  };
  const auto no_type = [&](int row, const std::string& name, const std::string& type) {
    InEveryWay(vectors, {.row = row,
                         .name = name,
                         .type = type,
                         .data = "x",
                         .accepted = false,
                         .decoded = "",
                         .nack = 2});
  };
  const auto no_data = [&](int row, const std::string& name, const std::string& sent, int nack) {
    InEveryWay(vectors, {.row = row,
                         .name = name,
                         .type = "",
                         .data = sent,
                         .accepted = false,
                         .decoded = "",
                         .nack = nack});
  };
  data(81, "Lf", "a\nb", "a\nb");
  data(81, "Cr", "a\rb", "a\nb");
  data(81, "CrLf", "a\r\nb", "a\nb");
  data(81, "LfCr", "a\n\rb", "a\n\nb");
  data(81, "Mixed", "\r\n\ra\n\nb\r\r\nc\n\r", "\n\na\n\nb\n\nc\n\n");
  data(81, "FieldsInTheLines", "a\nid: 1\nevent: evil\n\ndata: b\nretry: 1\n: c",
       "a\nid: 1\nevent: evil\n\ndata: b\nretry: 1\n: c");
  no_type(82, "LfInTheType", "a\nb");
  no_type(82, "CrInTheType", "a\rb");
  no_type(82, "CrLfAtTheEndOfTheType", "a\r\n");
  no_type(83, "NulInTheType", std::string("a\0b", 3));
  no_type(83, "EscapeInTheType", "a\x1b[31m");
  no_type(83, "DelInTheType", "a\x7f");
  no_type(83, "C1InTheType", "\xc2\x9f");
  no_type(85, "NoUtf8InTheType", "\xff");
  for (const auto& [name, bytes] :
       std::vector<std::pair<std::string, std::string>>{{"LoneContinuation", "\x80"},
                                                        {"HighByte", "a\xff"},
                                                        {"CutSequence", "\xe2\x82"},
                                                        {"Surrogate", "\xed\xa0\x80"},
                                                        {"OverlongSlash", "\xc0\xaf"},
                                                        {"OverlongNul", "\xc0\x80"},
                                                        {"OverlongOfThree", "\xe0\x80\xaf"},
                                                        {"AboveTheLast", "\xf4\x90\x80\x80"},
                                                        {"OfFiveBytes", "\xf8\x88\x80\x80\x80"}}) {
    no_data(85, name, bytes, 3);
  }
  same(86, "ByteOrderMark", "\xef\xbb\xbfgreeting");
  same(86, "ByteOrderMarkAlone", "\xef\xbb\xbf");
  same(87, "Empty", "");
  same(87, "Space", " ");
  same(87, "TwoSpaces", "  a");
  same(87, "Colon", ":a");
  same(87, "EmptyLines", "\n\n");
  same(88, "Nul", std::string("a\0b", 3));
  same(88, "LineSeparator", "a\xe2\x80\xa8\x62");
  same(88, "FourBytes", "\xf0\x9f\x9a\x80");
  same(88, "EveryControl", "\x01\x02\x07\x08\t\x0b\x0c\x0e\x1b\x1f\x7f");
  no_data(90, "OfOneByteTooMany", std::string((1 << 20) + 1, 'x'), 4);
  same(90, "OfTheMost", std::string(1 << 20, 'x'));
  return vectors;
}

INSTANTIATE_TEST_SUITE_P(Event, EventVectorTest, ::testing::ValuesIn(Events()), NameOf);

// Rows 82, 83, 84 and 89: no publisher can set an id, a retry time or a comment, however it looks.
class ForeignFieldTest : public ::testing::TestWithParam<std::pair<std::string, std::string>> {};

TEST_P(ForeignFieldTest, AtEverySplit) {
  const std::string bytes = GetParam().second;
  Fire(bytes, [&](HttpClient& client) {
    const HttpResponse response = Must(client.ReadResponse(kPatience));
    EXPECT_EQ(response.status, bytes.starts_with("POST /publish ") ? 200 : 400);
    EXPECT_TRUE(Json::Parse(response.body).Has("error")) << response.body;
  });
}

std::vector<std::pair<std::string, std::string>> ForeignFields() {
  std::vector<std::pair<std::string, std::string>> vectors;
  const auto add = [&](const std::string& name, const std::string& field,
                       const std::string& value) {
    vectors.emplace_back(name + "_Query",
                         Request("/publish/a?" + field + "=" + PercentEncoded(value), "x"));
    vectors.emplace_back(name + "_Ndjson",
                         Request("/publish", R"({"channel":"a","data":"x",")" + field +
                                                 "\":" + JsonText(value) + "}\n"));
  };
  add("Row082_LineEndInAnId", "id", "1\n2");
  add("Row082_LineEndInARetryTime", "retry", "1\r2");
  add("Row082_LineEndInAComment", "comment", "a\nb");
  add("Row083_NulInAnId", "id", std::string("1\0", 2));
  add("Row083_EscapeInAnId", "id", "\x1b");
  add("Row084_RetryTimeOfLetters", "retry", "soon");
  add("Row084_RetryTimeOfThirtyDigits", "retry", std::string(30, '9'));
  add("Row084_RetryTime", "retry", "1000");
  add("Row089_Id", "id", "1-1");
  add("Row089_IdOf129Bytes", "id", std::string(129, '1'));
  add("Row089_IdOfUnsafeBytes", "id", "\"<>");
  return vectors;
}

INSTANTIATE_TEST_SUITE_P(Event, ForeignFieldTest, ::testing::ValuesIn(ForeignFields()),
                         [](const auto& test) { return test.param.first; });

struct BrokenFrame {
  std::string name;
  std::string bytes;  // behind the hello
  int code;
};

std::ostream& operator<<(std::ostream& out, const BrokenFrame& frame) { return out << frame.name; }

// Row 91: told, and then the end; what came before counts.
class BrokenFrameTest : public ::testing::TestWithParam<BrokenFrame> {};

TEST_P(BrokenFrameTest, AtEverySplit) {
  const std::string sound = RawPublisher::Frame(1, "a", "", "before");
  Fire(RawPublisher::Hello() + sound + GetParam().bytes, [&](HttpClient& client) {
    RawPublisher publisher = RawPublisher::Adopt(std::move(client));
    Must(publisher.ReadHello(kPatience));
    EXPECT_EQ(Must(publisher.Next(kPatience)).kind, RawPublisher::kAck);
    const RawPublisher::Answer answer = Must(publisher.Next(kPatience));
    EXPECT_EQ(answer.kind, RawPublisher::kError);
    EXPECT_EQ(answer.code, GetParam().code) << answer.text;
    EXPECT_EQ(answer.request, 1u) << "the last one that was read";
    EXPECT_TRUE(publisher.AtEnd(kPatience));
    EXPECT_EQ(VectorGround::Get().NextEvent().data, "before");
  });
}

std::vector<BrokenFrame> BrokenFrames() {
  constexpr std::uint32_t kMost = 0x01000400;
  std::vector<BrokenFrame> frames;
  for (const auto& [name, length] :
       std::vector<std::pair<std::string, std::uint32_t>>{{"Zero", 0},
                                                          {"Eleven", 11},
                                                          {"OneTooMany", kMost + 1},
                                                          {"TwoTo31", 0x80000000u},
                                                          {"TwoTo32Minus1", 0xffffffffu}}) {
    const std::string header = RawPublisher::Header(length, 1, 0, 1, 2);
    frames.push_back({"Row091_Length" + name, header + "ax", 1});
    frames.push_back({"Row091_Length" + name + "Alone", header.substr(0, 4), 1});
  }
  frames.push_back(
      {"Row091_TooShortForItsNames", RawPublisher::Header(14, 1, 2, 1, 2) + "xxxx", 1});
  frames.push_back({"Row091_KindOfAnAnswer", RawPublisher::Header(13, 0x81, 0, 1, 2) + "a", 2});
  frames.push_back({"Row091_UnknownKind", RawPublisher::Header(13, 2, 0, 1, 2) + "a", 2});
  frames.push_back({"Row091_RequestOutOfSequence", RawPublisher::Frame(3, "a", "", "x"), 3});
  frames.push_back({"Row091_RequestTwice", RawPublisher::Frame(1, "a", "", "x"), 3});
  return frames;
}

INSTANTIATE_TEST_SUITE_P(Event, BrokenFrameTest, ::testing::ValuesIn(BrokenFrames()),
                         [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace ringcast::test
