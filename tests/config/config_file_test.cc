#include "config/config_file.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ringcast {
namespace {

ConfigFile Parse(std::string_view text) { return ParseConfig(text, "x.toml"); }

std::vector<std::string> Errors(std::string_view text) { return Parse(text).errors; }

using Lines = std::vector<std::string>;

TEST(ConfigFile, GivesValuesInTheFilesOrderWithTheirPlaces) {
  const ConfigFile file =
      Parse("retry = \"4s\"\n\nlisten = [\n  \":1\",\n  \":2\",\n]\nadmin=\":3\"\n");
  ASSERT_EQ(file.errors, Lines{});
  ASSERT_EQ(file.entries.size(), 3u);
  EXPECT_EQ(file.entries[0].spec, FindOption("retry"));
  EXPECT_EQ(file.entries[0].place, "x.toml:1:1");
  EXPECT_EQ(file.entries[0].values.at(0).text, "4s");
  EXPECT_EQ(file.entries[0].values.at(0).place, "x.toml:1:9");
  EXPECT_EQ(file.entries[1].spec, FindOption("listen"));
  ASSERT_EQ(file.entries[1].values.size(), 2u);
  EXPECT_EQ(file.entries[1].values[1].text, ":2");
  EXPECT_EQ(file.entries[1].values[1].place, "x.toml:5:3");
  EXPECT_EQ(file.entries[2].spec, FindOption("admin"));
}

TEST(ConfigFile, TakesBothSpellingsAndALoneValueForAList) {
  const ConfigFile file = Parse("idle_timeout = \"2h\"\nlisten = \":1\"\n");
  ASSERT_EQ(file.errors, Lines{});
  ASSERT_EQ(file.entries.size(), 2u);
  EXPECT_EQ(file.entries[0].spec, FindOption("idle-timeout"));
  EXPECT_EQ(file.entries[1].values.size(), 1u);
}

TEST(ConfigFile, ScalarsBecomeWhatAFlagWouldSay) {
  const ConfigFile file = Parse(
      "shards = 4\npin-shards = true\npublish-mode = 0o640\nmax-event-size = 1_000\n"
      "publish-users = [1000, \"web\"]\n");
  ASSERT_EQ(file.errors, Lines{});
  ASSERT_EQ(file.entries.size(), 5u);
  EXPECT_EQ(file.entries[0].values[0].text, "4");
  EXPECT_EQ(file.entries[1].values[0].text, "true");
  EXPECT_EQ(file.entries[2].values[0].text, "640");
  EXPECT_EQ(file.entries[3].values[0].text, "1000");
  EXPECT_EQ(file.entries[4].values[0].text, "1000");
  EXPECT_EQ(file.entries[4].values[1].text, "web");
}

TEST(ConfigFile, DecimalDigitsOfAModeStayAsTheyAre) {
  EXPECT_EQ(Parse("publish-mode = 640").entries.at(0).values.at(0).text, "640");
}

TEST(ConfigFile, AnEmptyFileAndAnEmptyListAreFine) {
  EXPECT_TRUE(Parse("").entries.empty());
  EXPECT_EQ(Errors("# nothing\n"), Lines{});
  const ConfigFile file = Parse("allow-origin = []");
  ASSERT_EQ(file.entries.size(), 1u);
  EXPECT_TRUE(file.entries[0].values.empty());
}

TEST(ConfigFile, UnknownKeysGetASuggestion) {
  EXPECT_EQ(Errors("\n  hearbeat = \"1s\"\n"),
            Lines{"x.toml:2:3: unknown key \"hearbeat\"; did you mean heartbeat?"});
  EXPECT_EQ(Errors("colour = 1"),
            Lines{"x.toml:1:1: unknown key \"colour\"; `ringcast serve --help` lists the options, "
                  "which are the keys"});
}

TEST(ConfigFile, TablesAreRefused) {
  const Lines errors = Errors("[serve]\nheartbeat = \"1s\"\n");
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_EQ(
      errors[0],
      "x.toml:1:2: unknown table \"serve\"; there is [[channel]], [[route]], [[redis]]; options "
      "stand at the top level, before any table, such as heartbeat = \"15s\"");
}

constexpr std::string_view kTwoRoutes =
    "retry = \"4s\"\n"
    "[[route]]\n"
    "path = \"/a\"\n"
    "channels = [\"a\", \"b\"]\n"
    "\n"
    "[[route]]\n"
    "channels = \"c\"\n"
    "allow_origin = \"*\"\n"
    "path = \"/c\"\n";

TEST(ConfigFile, RowsOfTablesComeWithTheirPlaces) {
  const ConfigFile file = Parse(kTwoRoutes);
  ASSERT_EQ(file.errors, Lines{});
  EXPECT_EQ(file.entries.size(), 1u);
  ASSERT_EQ(file.rows.size(), 2u);
  const ConfigRow& first = file.rows[0];
  EXPECT_EQ(first.table, &kRouteTable);
  EXPECT_EQ(first.place, "x.toml:2:1");
  ASSERT_EQ(first.entries.size(), 2u);
  EXPECT_EQ(first.entries[0].key->name, "path");
  EXPECT_EQ(first.entries[0].place, "x.toml:3:1");
  EXPECT_EQ(first.Where("path"), "x.toml:3:8: route.path");
  EXPECT_EQ(first.Where("channels", 1), "x.toml:4:18: route.channels");
  EXPECT_EQ(first.Where("events"), "x.toml:2:1: route.events");
  const ConfigRow& second = file.rows[1];
  EXPECT_EQ(second.place, "x.toml:6:1");
  ASSERT_EQ(second.entries.size(), 3u);
  EXPECT_EQ(second.entries[0].values.at(0).text, "c");
  EXPECT_EQ(second.entries[1].key->name, "allow-origin");
}

TEST(ConfigFile, MistakesInATableAreAllNamed) {
  EXPECT_EQ(
      Errors("[[route]]\npaht = \"/a\"\nchannels = [1]\nstall-timeout = \"1s\"\n"),
      (Lines{"x.toml:2:1: route: unknown key \"paht\"; did you mean path?",
             "x.toml:3:13: route.channels: takes a text in quotes or an array of such, not an "
             "integer",
             "x.toml:4:1: route: unknown key \"stall-timeout\"; it is an option, which stands "
             "at the top level, before any table",
             "x.toml:1:1: route: has no path; write path = \"/api/session/{id}/events\""}));
  EXPECT_EQ(Errors("[[route]]\npath='/a'\nchannels='a'\nallow-origin='*'\nallow_origin='*'\n"),
            Lines{"x.toml:5:1: route.allow-origin: stands twice, with '-' and with '_'; keep one"});
}

TEST(ConfigFile, ATableIsWrittenAsAnArrayOfTables) {
  const std::string remedy = "route: is an array of tables; write [[route]] above the keys of each";
  EXPECT_EQ(Errors("[route]\npath = \"/a\"\n"), Lines{"x.toml:1:2: " + remedy});
  EXPECT_EQ(Errors("route = 5\n"), Lines{"x.toml:1:1: " + remedy});
  EXPECT_EQ(Errors("[[routes]]\npath = \"/a\"\n"),
            Lines{"x.toml:1:3: unknown table \"routes\"; did you mean [[route]]?"});
}

TEST(ConfigFile, WrongTypesAreNamed) {
  EXPECT_EQ(Errors("heartbeat = true"),
            Lines{"x.toml:1:13: heartbeat: takes a time such as \"15s\", not a boolean"});
  EXPECT_EQ(Errors("heartbeat = 1.5"),
            Lines{"x.toml:1:13: heartbeat: takes a time such as \"15s\", not a number with a "
                  "fraction"});
  EXPECT_EQ(Errors("heartbeat = [\"1s\"]"),
            Lines{"x.toml:1:13: heartbeat: takes a time such as \"15s\", not an array"});
  EXPECT_EQ(Errors("pin-shards = \"true\""),
            Lines{"x.toml:1:14: pin-shards: takes true or false, not a string"});
  EXPECT_EQ(Errors("publish-socket = 5"), Lines{"x.toml:1:18: publish-socket: takes a path such as "
                                                "\"/run/ringcast/publish.sock\", not an integer"});
  EXPECT_EQ(Errors("listen = [[\":1\"]]"),
            Lines{"x.toml:1:11: listen: takes an address such as \"127.0.0.1:8080\" or an array of "
                  "such, not an array"});
}

TEST(ConfigFile, EveryMistakeIsToldFromTheTopDown) {
  EXPECT_EQ(Errors("zzz = 1\nadmin = true\naaa = 1\n").size(), 3u);
  const Lines errors = Errors("zzz = 1\nadmin = true\naaa = 1\n");
  EXPECT_EQ(errors[0].find("x.toml:1:1: "), 0u);
  EXPECT_EQ(errors[1].find("x.toml:2:9: "), 0u);
  EXPECT_EQ(errors[2].find("x.toml:3:1: "), 0u);
}

TEST(ConfigFile, OneOptionInTwoSpellingsIsRefused) {
  EXPECT_EQ(Errors("idle-timeout = \"1h\"\nidle_timeout = \"2h\"\n"),
            Lines{"x.toml:2:1: idle-timeout: stands twice, with '-' and with '_'; keep one"});
}

TEST(ConfigFile, SyntaxErrorsHaveTheirPlace) {
  for (const char* text : {"retry = \"3s\"\nheartbeat = 15s\n", "retry = \"3s\"\nretry = \"4s\"\n",
                           "retry = \"3s\"\nretry\n"}) {
    const Lines errors = Errors(text);
    ASSERT_EQ(errors.size(), 1u) << text;
    EXPECT_EQ(errors[0].find("x.toml:2:"), 0u) << errors[0];
    EXPECT_NE(errors[0].find(": not valid TOML: "), std::string::npos) << errors[0];
  }
  EXPECT_EQ(Errors("\xff\xfe").size(), 1u);
}

// The library takes these for impossible: its assertions, or the sanitizer of undefined behaviour,
// would end the program.
TEST(ConfigFile, ATableWithoutANameIsASyntaxError) {
  for (const char* text : {"[[\n", "[[ ]]\n", "[\n", "[ # ]\n", "[[\n\n\na = 1\n"}) {
    const Lines errors = Errors(text);
    ASSERT_EQ(errors.size(), 1u) << text;
    EXPECT_NE(errors[0].find(": not valid TOML: "), std::string::npos) << errors[0];
  }
}

TEST(ConfigFile, CharactersBeyondAsciiStandInStringsAndCommentsOnly) {
  for (const char* text :
       {"\xC3\xA9 = 1\n", "shards = 4\xE3\x81\x82\n", "shards = 4 \xEF\xBA\xBF\n",
        "retry = \"3s\"\xC3\xA9\n", "listen = [\xC3\xA9]\n"}) {
    const Lines errors = Errors(text);
    ASSERT_EQ(errors.size(), 1u) << text;
    EXPECT_EQ(errors[0].find("x.toml:1:"), 0u) << errors[0];
    EXPECT_NE(errors[0].find(": not valid TOML: "), std::string::npos) << errors[0];
  }
  const ConfigFile file = Parse(
      "\xEF\xBB\xBFpublish-users = ['\xC3\xA9\"', \"\xE3\x81\x82\", "
      "\"\"\"\\\n  \xC3\xA9\"\"\"] # \xC3\xA9 \"\nshards = 4\n");
  ASSERT_EQ(file.errors, Lines{});
  ASSERT_EQ(file.entries.size(), 2u);
  ASSERT_EQ(file.entries[0].values.size(), 3u);
  EXPECT_EQ(file.entries[0].values[0].text, "\xC3\xA9\"");
  EXPECT_EQ(file.entries[0].values[1].text, "\xE3\x81\x82");
  EXPECT_EQ(file.entries[0].values[2].text, "\xC3\xA9");
}

TEST(ReadConfigFile, ReadsAFile) {
  const std::string path = testing::TempDir() + "ringcast_config_file_test.toml";
  std::ofstream(path) << "retry = \"4s\"\n";
  const ConfigFile file = ReadConfigFile(path);
  EXPECT_EQ(file.errors, Lines{});
  ASSERT_EQ(file.entries.size(), 1u);
  EXPECT_EQ(file.entries[0].place, path + ":1:1");
  std::remove(path.c_str());
}

TEST(ReadConfigFile, SaysWhyAFileCannotBeRead) {
  EXPECT_EQ(ReadConfigFile("/nonexistent/x.toml").errors,
            Lines{"/nonexistent/x.toml: cannot read the configuration file: No such file or "
                  "directory"});
  EXPECT_EQ(ReadConfigFile("/").errors.size(), 1u);
  EXPECT_EQ(ReadConfigFile("/dev/zero").errors,
            Lines{"/dev/zero: cannot read the configuration file: it is larger than 1MiB"});
}

}  // namespace
}  // namespace ringcast
