#include "hub/channel_terms.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace ringcast {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

ChannelTermsChange ChangeOf(const std::vector<std::pair<std::string, std::string>>& members) {
  ChannelTermsChange change;
  for (const auto& [key, text] : members) {
    const Status set = SetTerm(key, text, change);
    EXPECT_TRUE(set.ok()) << key << " " << (set ? "" : set.error().message);
  }
  return change;
}

TEST(ChannelTerms, TakesWhatTheConfigurationTakes) {
  const ChannelTermsChange change = ChangeOf({{"history-events", "7"},
                                              {"history-bytes", "64KiB"},
                                              {"history-ttl", "10m"},
                                              {"unused-timeout", "30s"}});
  EXPECT_EQ(change.history_events, 7u);
  EXPECT_EQ(change.history_bytes, 64u * 1024);
  EXPECT_EQ(change.history_ttl, 10min);
  EXPECT_EQ(change.unused_timeout, 30s);
  const ChannelTermsChange off =
      ChangeOf({{"history-events", "off"}, {"history-ttl", "off"}, {"unused-timeout", "0"}});
  EXPECT_EQ(off.history_events, 0u);
  EXPECT_EQ(off.history_ttl, 0ms);
  EXPECT_EQ(off.unused_timeout, 0ms);
  EXPECT_EQ(off.history_bytes, std::nullopt);
}

TEST(ChannelTerms, RefusesWithTheRemedyAndChangesNothing) {
  for (const auto& [key, text] :
       std::vector<std::pair<std::string, std::string>>{{"history-events", "-1"},
                                                        {"history-events", "2000000000"},
                                                        {"history-bytes", "1"},
                                                        {"history-bytes", "off"},
                                                        {"history-ttl", "10"},
                                                        {"history-ttl", "8d"},
                                                        {"unused-timeout", "10ms"},
                                                        {"unused-timeout", "soon"}}) {
    ChannelTermsChange change;
    const Status set = SetTerm(key, text, change);
    ASSERT_FALSE(set.ok()) << key << " " << text;
    EXPECT_NE(set.error().message.find('"' + text + '"'), std::string::npos);
    EXPECT_NE(set.error().message.find("write"), std::string::npos) << set.error().message;
    EXPECT_EQ(change, ChannelTermsChange{});
  }
}

TEST(ChannelTerms, KnowsItsKeys) {
  for (const char* key : {"history-events", "history-bytes", "history-ttl", "unused-timeout"}) {
    EXPECT_TRUE(IsTermKey(key));
    EXPECT_NE(kTermKeys.find(key), std::string_view::npos);
  }
  EXPECT_FALSE(IsTermKey("strict"));
  EXPECT_FALSE(IsTermKey("history"));
}

TEST(ChannelTerms, WhatIsLeftOutStaysAsItWas) {
  ChannelTerms terms;
  terms.history = {.events = 5, .bytes = 6000, .ticks = 7, .memory = 8};
  terms.strict = true;
  terms = Changed(terms, ChangeOf({{"history-ttl", "1s"}}));
  EXPECT_EQ(terms.history, (HistoryLimits{.events = 5, .bytes = 6000, .ticks = 20, .memory = 8}));
  EXPECT_TRUE(terms.strict);
  EXPECT_EQ(terms.unused_ticks, 0u);
  terms = Changed(terms, ChangeOf({{"unused-timeout", "2s"}, {"history-ttl", "off"}}));
  EXPECT_EQ(terms.unused_ticks, 40u);
  EXPECT_EQ(terms.history.ticks, HistoryLimits{}.ticks);
}

TEST(ChannelTerms, IsShownAsItIsWritten) {
  ChannelTerms terms;
  terms.history = {.events = 100, .bytes = 1 << 20};
  EXPECT_EQ(TermsJson(terms), R"("history-events":100,"history-bytes":"1MiB","history-ttl":"off",)"
                              R"("unused-timeout":"off")");
  terms = Changed(terms, ChangeOf({{"history-ttl", "10m"}, {"unused-timeout", "1h30m"}}));
  EXPECT_EQ(TermsJson(terms), R"("history-events":100,"history-bytes":"1MiB","history-ttl":"10m",)"
                              R"("unused-timeout":"1h30m")");
}

TEST(ChannelTerms, AnAgeBelowATickIsATick) {
  EXPECT_EQ(HistoryTicks(1ms), 1u);
  EXPECT_EQ(HistoryTicks(100ms), 2u);
  EXPECT_EQ(HistoryTicks(0ms), HistoryLimits{}.ticks);
}

}  // namespace
}  // namespace ringcast
