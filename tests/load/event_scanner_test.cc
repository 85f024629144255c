#include "load/event_scanner.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/rng.h"
#include "load/bench_event.h"

namespace ringcast {
namespace {

using Kind = ScannedEvent::Kind;

std::string BenchData(std::uint64_t seq, std::int64_t t_ns, std::size_t size,
                      std::uint32_t channel = kNoChannel) {
  std::string data;
  WriteBenchEvent(data, seq, t_ns, size, channel);
  return data;
}

// One line an event, so that two runs can be compared.
std::string Describe(const ScannedEvent& event) {
  switch (event.kind) {
    case Kind::kNone:
      return "none";
    case Kind::kBench:
      return "bench " + std::to_string(event.seq) + " " + std::to_string(event.t_ns) + " " +
             std::to_string(event.size) +
             (event.channel == kNoChannel ? "" : " on " + std::to_string(event.channel));
    case Kind::kGap:
      return "gap";
    case Kind::kComment:
      return "comment";
    case Kind::kControl:
      return "control";
    case Kind::kForeign:
      return "foreign";
  }
  return "?";
}

void Feed(EventScanner& scanner, std::string_view bytes, std::vector<std::string>& events) {
  while (true) {
    const ScannedEvent event = scanner.Next(bytes);
    if (event.kind == Kind::kNone) break;
    events.push_back(Describe(event));
  }
  EXPECT_TRUE(bytes.empty()) << "input is left over";
}

std::vector<std::string> Scan(std::string_view stream) {
  EventScanner scanner;
  std::vector<std::string> events;
  Feed(scanner, stream, events);
  return events;
}

// Everything that a server sends in a run, and some that none should.
std::string LongStream(const std::string& line_end) {
  const std::string lf = line_end;
  return "id: 1-0" + lf + "event: connected" + lf + "retry: 3000" + lf +
         "data: {\"start\":\"live\"}" + lf + lf +                           //
         ":" + lf +                                                         // heartbeat
         "data: " + BenchData(3, 7, 100, 123456789) + lf + lf +             // of a channel
         "id: 1-1" + lf + "data: " + BenchData(1, 12345, 64) + lf + lf +    //
         "data:" + BenchData(2, 0, 200) + lf + "id: 1-2" + lf + lf +        // no space
         "event: gap" + lf + "data: {\"channel\":\"demo\"}" + lf + lf +     //
         "event: tick" + lf + "data: " + BenchData(7, 99, 100) + lf + lf +  // a type of its own
         "data: hello" + lf + lf +                                          // foreign
         "data: " + BenchData(8, 1, 64) + lf + "data: x" + lf + lf +        // two lines
         "id: 1-9" + lf + lf +                                              // fires nothing
         "data: " + BenchData(9, INT64_MAX, 100) + lf + lf;
}
const std::vector<std::string> kLongEvents = {"control",
                                              "comment",
                                              "bench 3 7 100 on 123456789",
                                              "bench 1 12345 64",
                                              "bench 2 0 200",
                                              "gap",
                                              "bench 7 99 100",
                                              "foreign",
                                              "foreign",
                                              "bench 9 9223372036854775807 100"};

TEST(EventScanner, TellsEveryKindOfEvent) {
  EXPECT_EQ(Scan(LongStream("\n")), kLongEvents);
  EXPECT_EQ(Scan(LongStream("\r\n")), kLongEvents);
}

TEST(EventScanner, FindsTheSameWhereverTheInputIsCut) {
  for (const char* line_end : {"\n", "\r\n"}) {
    const std::string stream = LongStream(line_end);
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
      EventScanner scanner;
      std::vector<std::string> events;
      Feed(scanner, std::string_view(stream).substr(0, cut), events);
      Feed(scanner, std::string_view(stream).substr(cut), events);
      ASSERT_EQ(events, kLongEvents) << "cut at " << cut;
    }
    EventScanner scanner;
    std::vector<std::string> events;
    for (const char c : stream) Feed(scanner, {&c, 1}, events);
    EXPECT_EQ(events, kLongEvents) << "byte by byte";
  }
}

TEST(EventScanner, TakesDamagedDataForForeign) {
  const std::string good = BenchData(5, 77, 64);
  ASSERT_EQ(Scan("data: " + good + "\n\n"), std::vector<std::string>{"bench 5 77 64"});
  for (const std::string& bad : std::vector<std::string>{
           std::string(), good.substr(1), good.substr(0, good.size() - 1), good + "x", good + " ",
           "{\"seq\":,\"t_ns\":1,\"pad\":\"\"}", "{\"seq\":1,\"t_ns\":,\"pad\":\"\"}",
           "{\"seq\":-1,\"t_ns\":1,\"pad\":\"\"}",
           "{\"seq\":12345678901234567890,\"t_ns\":1,\"pad\":\"\"}", "{\"seq\":1,\"t_ns\":1}",
           "{\"seq\":1,\"t_ms\":1,\"pad\":\"\"}"}) {
    EXPECT_EQ(Scan("data: " + bad + "\n\n"), std::vector<std::string>{"foreign"}) << bad;
  }
}

TEST(EventScanner, OnlyDigitsAndADotAreAChannel) {
  const auto pad = [](const std::string& text) {
    return "data: {\"seq\":1,\"t_ns\":2,\"pad\":\"" + text + "\"}\n\n";
  };
  const auto scan = [&pad](const std::string& text) {
    const std::string stream = pad(text);
    std::string_view bytes = stream;
    return EventScanner().Next(bytes).channel;
  };
  EXPECT_EQ(scan("0.x"), 0u);
  EXPECT_EQ(scan("17."), 17u);
  for (const char* text : {"", "x", "17", "17x", ".17", "1234567890.", "-1."}) {
    EXPECT_EQ(scan(text), kNoChannel) << text;
  }
}

TEST(EventScanner, CommentsStandAnywhereBetweenLines) {
  EXPECT_EQ(Scan(": hi\ndata: " + BenchData(1, 1, 64) + "\n:\n\n"),
            (std::vector<std::string>{"comment", "comment", "bench 1 1 64"}));
  EventScanner scanner;
  std::vector<std::string> events;
  Feed(scanner, ":", events);
  EXPECT_TRUE(scanner.InEvent()) << "its line has no end yet";
  Feed(scanner, "\n", events);
  EXPECT_FALSE(scanner.InEvent());
  EXPECT_EQ(events.size(), 1u);
}

TEST(EventScanner, ForgetsOneEventBeforeTheNext) {
  EXPECT_EQ(Scan("event: gap\n\ndata: x\n\n"), std::vector<std::string>{"foreign"});
  EXPECT_EQ(Scan("data: x\n\ndata: " + BenchData(1, 1, 64) + "\n\n"),
            (std::vector<std::string>{"foreign", "bench 1 1 64"}));
}

TEST(EventScanner, KnowsWhetherAnEventHasBegun) {
  const std::string stream = "data: " + BenchData(1, 1, 64) + "\n\n";
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    EventScanner scanner;
    std::vector<std::string> events;
    Feed(scanner, std::string_view(stream).substr(0, cut), events);
    EXPECT_EQ(scanner.InEvent(), cut > 0 && cut < stream.size()) << "cut at " << cut;
  }
}

TEST(EventScanner, SurvivesRandomBytes) {
  const std::uint64_t seed = 20240607;
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  Rng rng(seed);
  constexpr std::string_view kBytes = "data: event:gap{\"seq\":12,\"t_ns\":3,\"pad\":\"\"}\r\n\n\n";
  for (int round = 0; round < 2000; ++round) {
    std::string stream;
    for (int i = 0; i < 200; ++i) stream += kBytes[rng.Below(kBytes.size())];
    const std::vector<std::string> whole = Scan(stream);
    EventScanner scanner;
    std::vector<std::string> pieces;
    for (std::size_t at = 0; at < stream.size();) {
      const std::size_t size = std::min<std::size_t>(1 + rng.Below(20), stream.size() - at);
      Feed(scanner, std::string_view(stream).substr(at, size), pieces);
      at += size;
    }
    ASSERT_EQ(pieces, whole) << stream;
  }
}

}  // namespace
}  // namespace ringcast
