// [[channel]] of the file, through the loader: what it gives, and what is said of each mistake.
#include "config/channel_rule_options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/config_table.h"
#include "config/config_text.h"

namespace ringcast {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""h;

class ChannelRuleOptionsTest : public test::ConfigTextTest {
 protected:
  static bool Has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(ChannelRuleOptionsTest, EveryKeyIsTaken) {
  const LoadedOptions loaded = Load(
      "[[channel]]\n"
      "match = \"job:{id}\"\n"
      "strict = true\n"
      "history-events = 100\n"
      "history_bytes = \"64KiB\"\n"
      "history-ttl = \"10m\"\n"
      "unused-timeout = \"1h\"\n"
      "[[channel]]\n"
      "match = \"*\"\n"
      "history-events = \"off\"\n");
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  ASSERT_EQ(loaded.options.channel_rules.size(), 2u);
  const ChannelRule& first = loaded.options.channel_rules[0];
  EXPECT_EQ(first.match, "job:{id}");
  EXPECT_EQ(first.strict, true);
  EXPECT_EQ(first.terms, (ChannelTermsChange{.history_events = 100,
                                             .history_bytes = 64u * 1024,
                                             .history_ttl = 10min,
                                             .unused_timeout = 1h}));
  const ChannelRule& second = loaded.options.channel_rules[1];
  EXPECT_EQ(second.match, "*");
  EXPECT_EQ(second.strict, std::nullopt);
  EXPECT_EQ(second.terms, ChannelTermsChange{.history_events = 0});
}

TEST_F(ChannelRuleOptionsTest, ARouteMaySayTheSame) {
  const LoadedOptions loaded = Load(
      "[[route]]\npath = \"/jobs/{id}\"\nchannels = \"job:{id}\"\nstrict = true\n"
      "history-events = 5\nhistory-bytes = \"1MiB\"\nhistory-ttl = \"off\"\n");
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  const RouteOptions& route = loaded.options.routes.at(0);
  EXPECT_EQ(route.strict, true);
  EXPECT_EQ(route.terms.history_events, 5u);
  EXPECT_EQ(route.terms.history_bytes, 1u << 20);
  EXPECT_EQ(route.terms.history_ttl, Millis(0));
}

TEST_F(ChannelRuleOptionsTest, AMistakeNamesItsPlaceAndItsRemedy) {
  EXPECT_EQ(ErrorsOf("[[channel]]\nstrict = true\n").substr(0, 29),
            "f:1:1: channel: has no match;");
  EXPECT_TRUE(Has(ErrorsOf("[[channel]]\nmatch = \"a b\"\n"), "f:2:9: channel.match: \"a b\""));
  EXPECT_TRUE(Has(ErrorsOf("[[channel]]\nmatch = \"a*b:*\"\n"), "job:*"));
  EXPECT_TRUE(Has(ErrorsOf("[[channel]]\nmatch = \"a\"\nstrict = \"yes\"\n"),
                  "f:3:10: channel.strict: takes true or false"));
  EXPECT_TRUE(Has(ErrorsOf("[[channel]]\nmatch = \"a\"\nhistory-ttl = \"10\"\n"),
                  "f:3:15: channel.history-ttl: \"10\" has no unit"));
  EXPECT_TRUE(Has(ErrorsOf("[[channel]]\nmatch = \"a\"\nunused-timout = \"1h\"\n"),
                  "did you mean unused-timeout?"));
  EXPECT_TRUE(Has(ErrorsOf("[[chanel]]\nmatch = \"a\"\n"), "did you mean [[channel]]?"));
}

TEST_F(ChannelRuleOptionsTest, ARuleThatNeverHoldsIsToldSo) {
  const std::string job = "[[channel]]\nmatch = \"job:*\"\n";
  EXPECT_TRUE(Has(ErrorsOf(job + "[[channel]]\nmatch = \"job:{id}\"\n"),
                  "f:4:9: channel.match: never holds, for \"job:*\" (f:2:9)"));
  EXPECT_TRUE(Has(ErrorsOf(job + job), "never holds"));
  EXPECT_EQ(ErrorsOf("[[channel]]\nmatch = \"job:{id}\"\n" + job), "");
  EXPECT_EQ(ErrorsOf(job + "[[channel]]\nmatch = \"jobs\"\n"), "");
}

TEST_F(ChannelRuleOptionsTest, ThereIsAnEndToTheirNumber) {
  std::string many;
  for (std::size_t i = 0; i < ChannelRules::kMost; ++i) {
    many += "[[channel]]\nmatch = \"c" + std::to_string(i) + "\"\n";
  }
  EXPECT_EQ(ErrorsOf(many), "");
  EXPECT_TRUE(Has(ErrorsOf(many + "[[channel]]\nmatch = \"one\"\n"), "one rule too many"));
}

}  // namespace
}  // namespace ringcast
