// What cannot be replayed is told, with its channel, its range and the reason, before the replay of
// what is still there.
#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

using GapTest = DaemonTest;

struct Range {
  std::string from;  // empty: null
  std::string to;
};

void ExpectGap(Stream& stream, const std::string& channel, const std::string& reason,
               const Range& range) {
  EXPECT_EQ(stream.start(), "gap");
  const SseEvent event = stream.Next();
  ASSERT_EQ(event.type, "gap") << event.data;
  EXPECT_FALSE(event.has_id);
  const Json gap = Json::Parse(event.data);
  EXPECT_EQ(gap["channel"].Text(), channel);
  EXPECT_EQ(gap["reason"].Text(), reason);
  EXPECT_EQ(gap["from"].IsNull() ? "" : gap["from"].Text(), range.from);
  EXPECT_EQ(gap["to"].IsNull() ? "" : gap["to"].Text(), range.to);
}

void ExpectNumbers(Stream& stream, int from, int to) {
  for (int i = from; i < to; ++i) ASSERT_EQ(stream.Next().data, std::to_string(i));
}

TEST_F(GapTest, JustExpiredAndExactlyOldestByNumber) {
  Start({"--history-events", "5"});
  const std::vector<std::string> ids = PublishNumbers("demo", 10);  // 5 to 9 are kept
  Stream oldest = Follow("/events/demo", ids[4]);
  EXPECT_EQ(oldest.start(), "resumed");
  ExpectNumbers(oldest, 5, 10);
  Stream expired = Follow("/events/demo", ids[3]);
  ExpectGap(expired, "demo", "expired", {ids[3], ids[4]});
  EXPECT_EQ(expired.connected.id, ids[3]) << "a cut right after it loses nothing";
  ExpectNumbers(expired, 5, 10);
  Publish("demo", "live");
  EXPECT_EQ(expired.Next().data, "live");
  EXPECT_EQ(oldest.Next().data, "live");
}

TEST_F(GapTest, OnlyTheChannelThatLostSomethingHasAGap) {
  Start({"--history-events", "5"});
  const std::string start = Publish("quiet", "first");
  const std::vector<std::string> ids = PublishNumbers("busy", 8);
  Publish("quiet", "second");
  for (const int minor_version : {1, 0}) {
    SseRequest request;
    request.target = "/events?channel=quiet&channel=busy";
    request.last_event_id = start;
    request.minor_version = minor_version;
    Stream stream = Follow(request);
    ExpectGap(stream, "busy", "expired", {start, ids[2]});
    ExpectNumbers(stream, 3, 8);
    EXPECT_EQ(stream.Next().data, "second");
  }
}

TEST_F(GapTest, ByBytes) {
  Start({"--history-bytes", "8KiB"});
  std::vector<std::string> ids;
  for (int i = 0; i < 30; ++i)
    ids.push_back(Publish("demo", std::to_string(i) + std::string(998, '.')));
  const Json history = Json::Parse(PublishRequest("GET", "/channels/demo").body)["history"];
  const std::uint64_t kept = history["events"].Number();
  EXPECT_GE(kept, 6u);
  EXPECT_LE(kept, 8u);
  EXPECT_LE(history["bytes"].Number(), 8192u);
  const std::size_t first_kept = 30 - kept;
  EXPECT_EQ(history["oldest"].Text(), ids[first_kept]);
  Stream expired = Follow("/events/demo", ids[first_kept - 2]);
  ExpectGap(expired, "demo", "expired", {ids[first_kept - 2], ids[first_kept - 1]});
  Stream oldest = Follow("/events/demo", ids[first_kept - 1]);
  EXPECT_EQ(oldest.start(), "resumed");
  for (std::size_t i = first_kept; i < 30; ++i) {
    EXPECT_EQ(expired.Next().id, ids[i]);
    EXPECT_EQ(oldest.Next().id, ids[i]);
  }
}

TEST_F(GapTest, ByAgeAndAChannelThatWentAwayAndCameBack) {
  Start({"--history-ttl", "300ms"});
  const std::vector<std::string> ids = PublishNumbers("demo", 3);
  Publish("other", "x");
  EXPECT_TRUE(Eventually([&] { return PublishRequest("GET", "/channels/demo").status == 404; }))
      << "nothing is kept of a channel without subscribers whose history is over";
  Stream missed = Follow("/events/demo", ids[1]);
  ExpectGap(missed, "demo", "expired", {ids[1], ids[2]});
  Stream complete = Follow("/events/demo", ids[2]);
  EXPECT_EQ(complete.start(), "resumed");
  const std::string id = Publish("demo", "again");
  EXPECT_EQ(missed.Next().id, id);
  EXPECT_EQ(complete.Next().id, id);
  // While somebody follows the channel it stays, and its history still ends.
  EXPECT_TRUE(Eventually([&] {
    const Json channel = Json::Parse(PublishRequest("GET", "/channels/demo").body);
    return channel["history"]["events"].Number() == 0 && channel["history"]["oldest"].IsNull();
  }));
  Stream late = Follow("/events/demo", ids[2]);
  ExpectGap(late, "demo", "expired", {ids[2], id});
}

TEST_F(GapTest, IdThatCannotBePlacedStartsAFreshStream) {
  Start();
  const std::string newest = PublishNumbers("demo", 3).back();
  const auto [millis, number] = IdNumbers(newest);
  const std::string kilobyte(1024, '7');
  std::vector<Stream> streams;
  for (const std::string& id : std::vector<std::string>{
           "garbage",
           "1",
           "-",
           "1-",
           "-1",
           "-5-3",
           "+1-1",
           "1-1-1",
           " 1 - 1",
           "0x1-1",
           "9223372036854775808-0",
           "18446744073709551616-1",
           "99999999999999999999999-1",
           "1-18446744073709551616",
           kilobyte,
           kilobyte + "-" + kilobyte,
           "\xff\xfe",
           std::to_string(millis + 3600'000) + "-" + std::to_string(number),
           std::to_string(millis) + "-" + std::to_string(number + 1),
           std::to_string(millis + 3600'000) + "-" + std::to_string(number ^ (1u << 21))}) {
    Stream stream = Follow("/events/demo", id);
    EXPECT_EQ(stream.connected.id, newest) << id;
    ExpectGap(stream, "demo", "unknown-id", {"", ""});
    ExpectQuiet(stream, 2ms);  // a fresh stream: no history
    streams.push_back(std::move(stream));
  }
  const std::string live = Publish("demo", "live");
  for (Stream& stream : streams) EXPECT_EQ(stream.Next().id, live);
  EXPECT_EQ(Stats()["gaps"].Number(), 20u);
}

TEST_F(GapTest, RestartIsToldAndWhatTheNewServerKeepsIsReplayed) {
  Start();
  const std::string before = PublishNumbers("demo", 3).back();
  server().Kill();
  Must(server().Restart());
  {
    Stream stream = Follow("/events/demo", before);
    ExpectGap(stream, "demo", "restart", {before, ""});
    ExpectQuiet(stream, 20ms);
  }
  const std::vector<std::string> after = PublishNumbers("demo", 4);
  EXPECT_LT(IdNumbers(before), IdNumbers(after[0])) << "ids grow across restarts";
  Stream stream = Follow("/events?channel=empty&channel=demo", before);
  EXPECT_EQ(stream.connected.id, before);
  ExpectGap(stream, "empty", "restart", {before, ""});
  ExpectGap(stream, "demo", "restart", {before, ""});
  ExpectNumbers(stream, 0, 4);
  Stream known = Follow("/events/demo", after[1]);
  EXPECT_EQ(known.start(), "resumed");
  ExpectNumbers(known, 2, 4);
}

TEST_F(GapTest, WithoutHistoryOnlyWhatWasMissedIsAGap) {
  Start({"--history-events", "0"});
  Publish("demo", "for nobody");
  Stream stream = Follow("/events/demo");
  const std::string first = Publish("demo", "1");
  EXPECT_EQ(stream.Next().data, "1");
  Stream nothing_missed = Follow("/events/demo", first);
  EXPECT_EQ(nothing_missed.start(), "resumed");
  const std::string second = Publish("demo", "2");
  Stream missed = Follow("/events/demo", first);
  ExpectGap(missed, "demo", "expired", {first, second});
  ExpectQuiet(missed, 20ms);
  Publish("demo", "3");
  EXPECT_EQ(stream.Next().data, "2");
  for (Stream* each : {&stream, &missed}) EXPECT_EQ(each->Next().data, "3");
  EXPECT_EQ(nothing_missed.Next().data, "2");
  // Also when nobody has the channel open.
  const std::string before = Publish("gone", "1");
  Stream complete = Follow("/events/gone", before);
  EXPECT_EQ(complete.start(), "resumed");
  const std::string missed_id = Publish("lost", "2");
  Stream lost = Follow("/events/lost", before);
  ExpectGap(lost, "lost", "expired", {before, missed_id});
}

TEST_F(GapTest, DeletedChannelHasForgottenItsEvents) {
  Start();
  const std::vector<std::string> ids = PublishNumbers("demo", 3);
  EXPECT_EQ(PublishRequest("DELETE", "/channels/demo").status, 200);
  EXPECT_EQ(PublishRequest("PUT", "/channels/demo").status, 201) << "it begins anew";
  Stream missed = Follow("/events/demo", ids[0]);
  ExpectGap(missed, "demo", "expired", {ids[0], ids[2]});
  Stream complete = Follow("/events/demo", ids[2]);
  EXPECT_EQ(complete.start(), "resumed");
}

}  // namespace
}  // namespace ringcast::test
