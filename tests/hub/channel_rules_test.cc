#include "hub/channel_rules.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

constexpr HistoryLimits kOptions{.events = 50, .bytes = 5000, .ticks = 500, .memory = 50'000};

TEST(ChannelRules, TheFirstThatMatchesHolds) {
  const ChannelRules rules({{.match = "job:1", .strict = false, .terms = {.history_events = 1}},
                            {.match = "job:{id}", .strict = true, .terms = {}},
                            {.match = "job:*", .strict = {}, .terms = {.history_events = 3}}});
  EXPECT_EQ(rules.Match("job:1"), 0);
  EXPECT_EQ(rules.Match("job:2"), 1);
  EXPECT_EQ(rules.Match("job:2/log"), 2);
  EXPECT_EQ(rules.Match("news"), rules.size());
}

TEST(ChannelRules, WhatARuleDoesNotSayComesFromTheOptions) {
  const ChannelRules rules({{.match = "job:*",
                             .strict = true,
                             .terms = {.history_events = 3, .unused_timeout = Millis(1000)}}});
  const ChannelTerms job = rules.TermsOf(rules.Match("job:1"), kOptions);
  EXPECT_TRUE(job.strict);
  EXPECT_EQ(job.history,
            (HistoryLimits{.events = 3, .bytes = 5000, .ticks = 500, .memory = 50'000}));
  EXPECT_EQ(job.unused_ticks, 20u);
  const ChannelTerms other = rules.TermsOf(rules.Match("news"), kOptions);
  EXPECT_FALSE(other.strict);
  EXPECT_EQ(other.history, kOptions);
  EXPECT_EQ(other.unused_ticks, 0u);
}

TEST(ChannelRules, WithoutRulesTheOptionsHold) {
  const ChannelRules none;
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.Match("a"), 0);
  EXPECT_EQ(none.TermsOf(0, kOptions).history, kOptions);
}

}  // namespace
}  // namespace ringcast
