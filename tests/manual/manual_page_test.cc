#include "manual/manual_page.h"

#include <gtest/gtest.h>

#include <string>

#include "app/cli.h"
#include "base/version.h"
#include "config/config_table.h"
#include "config/option_table.h"
#include "manual/roff.h"

namespace ringcast {
namespace {

std::string Filled(std::string_view source) {
  const Result<std::string> page = FillManualPage(source, DescribeCommandLine());
  EXPECT_TRUE(page) << page.error().message;
  return page ? *page : std::string();
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(ManualPage, WhatIsNoMarkStaysAsItIs) {
  EXPECT_EQ(Filled(".SH NAME\na @ b\n"), ".SH NAME\na @ b\n");
  EXPECT_EQ(Filled("ringcast @version@.\n"), "ringcast " + std::string(Version()) + ".\n");
}

TEST(ManualPage, AnUnknownMarkIsNamedWithItsLine) {
  const Result<std::string> page = FillManualPage("a\n@comands@\n", DescribeCommandLine());
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message,
            "line 2: unknown mark @comands@; there are @commands@, @keys@ and @tables@");
}

TEST(ManualPage, EveryCommandAndEveryOptionOfItIsTold) {
  const std::string page = Filled("@commands@\n");
  const CommandWords program = DescribeCommandLine();
  ASSERT_FALSE(program.commands.empty());
  for (const CommandWords& command : program.commands) {
    EXPECT_TRUE(Contains(page, ".SS \"ringcast " + roff::Escape(command.name) + " "))
        << command.name;
    for (const OptionWords& option : command.options) {
      if (option.names.back() == "--help") continue;  // once for all, in the page's own words
      EXPECT_TRUE(Contains(page, roff::Escape(option.names.back()))) << option.names.back();
    }
  }
}

TEST(ManualPage, OptionsThatTwoCommandsShareAreToldOnce) {
  const std::string page = Filled("@commands@\n");
  const std::string heartbeat = "\"\\-\\-heartbeat ";
  const std::size_t first = page.find(heartbeat);
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(page.find(heartbeat, first + 1), std::string::npos);
  EXPECT_TRUE(Contains(page, ".B \"ringcast serve\"\nare taken as well.\n"));
}

TEST(ManualPage, EveryKeyIsToldWithItsRangeDefaultAndVariable) {
  std::string page;  // as one line, which wrapping does not change
  for (const char c : Filled("@keys@\n")) page += c == '\n' ? ' ' : c;
  for (const OptionSpec& spec : OptionTable()) {
    const std::size_t key = page.find(".B " + roff::Argument(spec.name) + " ");
    ASSERT_NE(key, std::string::npos) << spec.name;
    const std::string entry = page.substr(key, page.find(".TP", key) - key);
    EXPECT_TRUE(Contains(entry, roff::Escape(spec.help))) << entry;
    EXPECT_TRUE(Contains(entry, "Variable: " + EnvironmentName(spec) + ".")) << entry;
    if (!spec.default_text.empty()) {
      EXPECT_TRUE(Contains(entry, "Default: " + roff::Escape(spec.default_text) + ".")) << entry;
    }
  }
  EXPECT_TRUE(Contains(page,
                       "Range: 100ms to 1h or off. Default: 15s. A reload applies it. Variable: "
                       "RINGCAST_HEARTBEAT."))
      << page;
}

TEST(ManualPage, EveryTableIsToldWithItsKeys) {
  std::string page;  // as one line
  for (const char c : Filled("@tables@\n")) page += c == '\n' ? ' ' : c;
  for (const TableSpec* table : Tables()) {
    EXPECT_TRUE(Contains(page, ".SS \"[[" + roff::Escape(table->name) + "]]\" ")) << table->name;
    for (const TableKey& key : table->keys) {
      EXPECT_TRUE(Contains(page, ".B " + roff::Argument(key.name) + " " + roff::Escape(key.help)))
          << key.name;
    }
  }
  EXPECT_TRUE(Contains(page, "Range: 100ms to 1h or off. Default: the option heartbeat.")) << page;
}

}  // namespace
}  // namespace ringcast
