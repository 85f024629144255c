#include "redis/event_rule.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

RedisEventOptions Options(std::vector<std::string> channels) {
  RedisEventOptions options;
  options.channels = std::move(channels);
  return options;
}

SourcedEvent Event(const RuleOutcome& outcome) {
  const auto* event = std::get_if<SourcedEvent>(&outcome);
  if (event != nullptr) return *event;
  ADD_FAILURE() << "refused: " << Name(std::get<RedisRefusal>(outcome));
  return {};
}

std::string Refusal(const RuleOutcome& outcome) {
  const auto* refusal = std::get_if<RedisRefusal>(&outcome);
  return refusal == nullptr ? "none" : std::string(Name(*refusal));
}

TEST(EventRule, AMessageIsTheDataWhateverItHolds) {
  const EventRule rule("user:*", Options({"user/{1}", "all"}));
  const SourcedEvent event = Event(rule.Apply(*rule.Captures("user:7"), "no { JSON"));
  EXPECT_EQ(event.channels, (std::vector<std::string>{"user/7", "all"}));
  EXPECT_EQ(event.type, "");
  EXPECT_EQ(event.data, "no { JSON");
  EXPECT_FALSE(rule.Captures("other:7"));
}

TEST(EventRule, AChannelIsNamedOnceAndInvalidOnesAreLeftOut) {
  const EventRule rule("*", Options({"{1}", "{0}", "x/{1}", "/{1}"}));
  EXPECT_EQ(Event(rule.Apply(*rule.Captures("a"), "")).channels,
            (std::vector<std::string>{"a", "x/a"}));
  const EventRule lone("*", Options({"{1}"}));
  for (const char* name : {"", "with space", "/a", "a//b", "..", "\xff"}) {
    EXPECT_EQ(Refusal(lone.Apply(*lone.Captures(name), "")), "channel") << name;
  }
  EXPECT_EQ(Refusal(lone.Apply(*lone.Captures(std::string(256, 'a')), "")), "channel");
}

TEST(EventRule, TypeAndDataOfFields) {
  RedisEventOptions options = Options({"job:{field.id}"});
  options.event_field = "event";
  options.data_field = "text";
  const EventRule rule("s", options);
  const auto captures = *rule.Captures("s");
  const SourcedEvent event = Event(rule.Apply(
      captures, SourceFields{{"id", "5"}, {"event", "done"}, {"text", "a\nb"}, {"id", "6"}}));
  EXPECT_EQ(event.channels, std::vector<std::string>{"job:5"});
  EXPECT_EQ(event.type, "done");
  EXPECT_EQ(event.data, "a\nb");
  EXPECT_EQ(Refusal(rule.Apply(captures, SourceFields{{"id", "5"}, {"text", ""}})), "type");
  EXPECT_EQ(Refusal(rule.Apply(captures, SourceFields{{"id", "5"}, {"event", "x"}})), "data");
  EXPECT_EQ(Refusal(rule.Apply(captures, SourceFields{{"event", "x"}, {"text", ""}})), "channel");
  EXPECT_EQ(
      Refusal(rule.Apply(captures, SourceFields{{"id", "5"}, {"event", "a\rb"}, {"text", ""}})),
      "type");
  EXPECT_EQ(Refusal(rule.Apply(captures,
                               SourceFields{{"id", "5"}, {"event", "x"}, {"text", "\xc0\x80"}})),
            "data");
}

TEST(EventRule, MessageIsTheTypeThatNeedsNotBeWritten) {
  RedisEventOptions options = Options({"a"});
  options.event = "message";
  const EventRule rule("a", options);
  EXPECT_EQ(Event(rule.Apply(*rule.Captures("a"), "x")).type, "");
}

TEST(EventRule, AllFieldsAreAnObject) {
  RedisEventOptions options = Options({"a"});
  options.json_fields = {"data", "broken", "deep"};
  const EventRule rule("a", options);
  const SourcedEvent event = Event(rule.Apply(
      *rule.Captures("a"), SourceFields{{"id", "1"},
                                        {"data", R"( {"a": [1, 2.50, "é"]} )"},
                                        {"broken", "{"},
                                        {"deep", std::string(1000, '[') + std::string(1000, ']')},
                                        {"quo\"te", "line\nbreak\x01"}}));
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  EXPECT_EQ(event.data, R"({"id":"1","data":{"a":[1,2.5,"é"]},"broken":"{","deep":")" + deep +
                            R"(","quo\"te":"line\nbreak\u0001"})");
  EXPECT_EQ(Refusal(rule.Apply(*rule.Captures("a"), SourceFields{{"x", "\xff"}})), "data");
}

TEST(EventRule, MembersOfAMessage) {
  const std::optional<SourceFields> fields =
      FieldsOfJson(R"({"a":"x\u0041","n":12345678901234567890,"t":true,"o":{"k":[null]}})");
  ASSERT_TRUE(fields);
  EXPECT_EQ(*FindField(*fields, "a"), "xA");
  EXPECT_EQ(*FindField(*fields, "n"), "12345678901234567890");
  EXPECT_EQ(*FindField(*fields, "t"), "true");
  EXPECT_EQ(*FindField(*fields, "o"), R"({"k":[null]})");
  EXPECT_EQ(FindField(*fields, "z"), nullptr);
  for (const char* text : {"", "[]", "\"x\"", "{", "{\"a\":1}x", "{\"a\":\"\xff\"}", "nul"}) {
    EXPECT_FALSE(FieldsOfJson(text)) << text;
  }
  EXPECT_FALSE(FieldsOfJson("{\"a\":" + std::string(1'000'000, '[')));
  EXPECT_FALSE(FieldsOfJson("{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}"));
}

TEST(EventRule, WhatItFeeds) {
  const EventRule rule("bull:*:events", Options({"job:{1}:{field.jobId}", "{1}"}));
  EXPECT_EQ(rule.Feeds(), (std::vector<std::string>{"job:*:*", "*"}));
  EXPECT_EQ(rule.Feeds({"bull:video*:events", "video*"}),
            (std::vector<std::string>{"job:video\\*:*", "video\\*"}));
}

TEST(EventRule, BullmqsShortForm) {
  RedisBullmqOptions all;
  RedisStreamOptions rule = StreamOf(all);
  EXPECT_EQ(rule.key, "bull:*:events");
  EXPECT_EQ(rule.channels, (std::vector<std::string>{"bull:{1}:{field.jobId}", "bull:{1}"}));
  EXPECT_EQ(rule.event_field, "event");
  RedisBullmqOptions one{.queue = "video", .prefix = "q", .channels = {"job:{field.jobId}"}};
  rule = StreamOf(one);
  EXPECT_EQ(rule.key, "q:video:events");
  EXPECT_EQ(rule.channels, std::vector<std::string>{"job:{field.jobId}"});
  one.channels.clear();
  one.queue = "v-*";
  EXPECT_EQ(StreamOf(one).channels, (std::vector<std::string>{"q:v-{1}:{field.jobId}", "q:v-{1}"}));
}

}  // namespace
}  // namespace ringcast
