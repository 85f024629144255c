// [[route]] of the file, through the loader: what it gives, and what is said of each mistake.
#include "config/route_options.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/config_table.h"
#include "config/config_text.h"

namespace ringcast {
namespace {

using std::chrono_literals::operator""s;

class RouteOptionsTest : public test::ConfigTextTest {
 protected:
  static std::string Table(const std::string& path, const std::string& more = "channels = 'a'") {
    return "[[route]]\npath = '" + path + "'\n" + more + "\n";
  }
};

TEST_F(RouteOptionsTest, EveryKeyIsTaken) {
  const LoadedOptions loaded = Load(
      "heartbeat = \"30s\"\n"
      "[[route]]\n"
      "path = \"/api/session/{id}/events\"\n"
      "channels = [\"session:{id}\", \"news\"]\n"
      "methods = [\"GET\", \"POST\"]\n"
      "allow-origin = [\"https://*.example.org\", \"http://localhost:*\"]\n"
      "heartbeat = \"5s\"\n"
      "events = [\"progress\", \"message\"]\n"
      "auth = \"none\"\n"
      "[[route]]\n"
      "path = \"/b\"\n"
      "channels = \"b\"\n");
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  ASSERT_EQ(loaded.options.routes.size(), 2u);
  const RouteOptions& first = loaded.options.routes[0];
  EXPECT_EQ(first.path, "/api/session/{id}/events");
  EXPECT_EQ(first.channels, (std::vector<std::string>{"session:{id}", "news"}));
  EXPECT_TRUE(first.get);
  EXPECT_TRUE(first.post);
  EXPECT_EQ(first.allow_origin,
            (std::vector<std::string>{"https://*.example.org", "http://localhost:*"}));
  EXPECT_EQ(first.heartbeat, 5s);
  EXPECT_EQ(first.events, (std::vector<std::string>{"progress", "message"}));
  EXPECT_EQ(first.auth, AuthMode::kNone);
  RouteOptions second;
  second.path = "/b";
  second.channels = {"b"};
  EXPECT_EQ(loaded.options.routes[1], second);
  EXPECT_EQ(loaded.options.heartbeat, 30s);
}

TEST_F(RouteOptionsTest, AListReplacesItsDefault) {
  const LoadedOptions loaded =
      Load(Table("/a", "channels = 'a'\nmethods = 'POST'\nallow-origin = []"));
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  EXPECT_FALSE(loaded.options.routes[0].get);
  EXPECT_TRUE(loaded.options.routes[0].post);
  ASSERT_TRUE(loaded.options.routes[0].allow_origin.has_value()) << "nobody, not the option's";
  EXPECT_TRUE(loaded.options.routes[0].allow_origin->empty());
}

TEST_F(RouteOptionsTest, EachValueHasItsRemedy) {
  EXPECT_EQ(ErrorsOf(Table("api/x")),
            "f:2:8: route.path: \"api/x\" does not begin with a slash; write a path, such as "
            "/api/session/{id}/events\n");
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = ['ok', 'a:{id']")),
            "f:3:19: route.channels: \"a:{id\" has a brace without its other one; write a variable "
            "as {id}\n");
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = 'a'\nmethods = ['GET', 'get']")),
            "f:4:19: route.methods: \"get\" is no method of a stream; write GET, with which HEAD "
            "comes, or POST\n");
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = 'a'\nallow-origin = '*.example.org'")),
            "f:4:16: route.allow-origin: \"*.example.org\" has no scheme; write "
            "https://*.example.org\n");
  EXPECT_TRUE(ErrorsOf(Table("/a", "channels = 'a'\nheartbeat = '10'"))
                  .starts_with("f:4:13: route.heartbeat: \"10\" has no unit; write 10s "));
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = 'a'\nheartbeat = '2h'")),
            "f:4:13: route.heartbeat: \"2h\" is out of range; write 100ms to 1h or off\n");
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = 'a'\nevents = ['']")),
            "f:4:11: route.events: \"\" is no type; events without a type are called message\n");
  EXPECT_NE(
      ErrorsOf(Table("/a", "channels = 'a'\nevents = [\"a\\nb\"]")).find("is no event type: "),
      std::string::npos);
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = 'a'\nauth = 'jwt'")),
            "f:4:8: route.auth: \"jwt\" is no authorization; write none, token or url\n");
}

TEST_F(RouteOptionsTest, WhatIsMissingIsNamed) {
  EXPECT_EQ(ErrorsOf("[[route]]\nheartbeat = '1s'\n"),
            "f:1:1: route: has no path; write path = \"/api/session/{id}/events\"\n"
            "f:1:1: route: has no channels; write channels = [\"session:{id}\"]\n");
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = []")),
            "f:3:1: route.channels: names no channel; write one, such as session:{id}\n");
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = 'a'\nmethods = []")),
            "f:4:1: route.methods: allows nothing; write GET, POST or both\n");
}

TEST_F(RouteOptionsTest, AVariableWithoutAValueIsRefused) {
  EXPECT_EQ(ErrorsOf(Table("/a/{id}", "channels = ['x:{id}', 'user:{sub}']")),
            "f:3:23: route.channels: {sub} has no value: the path has {id}, and nothing authorizes "
            "the client that could tell it\n");
  EXPECT_EQ(ErrorsOf(Table("/a", "channels = 'x:{id}'")),
            "f:3:12: route.channels: {id} has no value: the path has no variable, and nothing "
            "authorizes the client that could tell it\n");
}

TEST_F(RouteOptionsTest, MoreChannelsThanAStreamMayHaveAreRefused) {
  EXPECT_EQ(
      ErrorsOf("max-channels-per-stream = 1\n" + Table("/a", "channels = ['a', 'b']")),
      "f:4:13: route.channels: names more channels than max-channels-per-stream allows, which "
      "is 1\n");
}

TEST_F(RouteOptionsTest, RoutesThatShareAPathAreRefused) {
  EXPECT_EQ(ErrorsOf(Table("/a/{x}") + Table("/a/{y}")),
            "f:5:8: route.path: matches the same paths as /a/{x} (f:2:8); keep one of them\n");
  EXPECT_EQ(ErrorsOf(Table("/a/{x}/c") + Table("/a/b/{y}")),
            "f:5:8: route.path: some paths match /a/{x}/c (f:2:8) as well, and neither is the more "
            "specific; make one differ in a fixed segment\n");
  EXPECT_EQ(ErrorsOf(Table("/jobs/{id}") + Table("/jobs/latest") + Table("/jobs/{id}/log")), "");
}

TEST_F(RouteOptionsTest, TheBuiltInPathsAreNotTakenAway) {
  EXPECT_EQ(ErrorsOf(Table("/events")),
            "f:2:8: route.path: lies in /events, where every channel is served; choose another "
            "path\n");
  EXPECT_NE(ErrorsOf(Table("/events/{id}")).find("lies in /events"), std::string::npos);
  EXPECT_NE(ErrorsOf(Table("/{tenant}/stream"))
                .find("also means paths below /events, where every channel is served; begin with a "
                      "fixed segment, such as /api"),
            std::string::npos);
  EXPECT_NE(ErrorsOf(Table("/health")).find("is the path at which proxies ask"), std::string::npos);
  EXPECT_EQ(ErrorsOf(Table("/{name}") + Table("/eventstream") + Table("/health/{x}")), "");
}

TEST_F(RouteOptionsTest, SeveralMistakesAreToldAtOnce) {
  const std::string errors =
      ErrorsOf("heartbeat = 'x'\n[[route]]\npath = 'a'\nchanels = 'a'\n" + Table("/b", ""));
  EXPECT_NE(errors.find("f:4:1: route: unknown key \"chanels\"; did you mean channels?"),
            std::string::npos);
  EXPECT_NE(errors.find("f:2:1: route: has no channels"), std::string::npos);
  EXPECT_NE(errors.find("f:5:1: route: has no channels"), std::string::npos);
  EXPECT_NE(errors.find("f:1:13: heartbeat: "), std::string::npos);
  EXPECT_NE(errors.find("f:3:8: route.path: \"a\" does not begin with a slash"), std::string::npos);
}

TEST_F(RouteOptionsTest, AReloadSaysWhetherTheyHaveChanged) {
  const ServeOptions one = Load(Table("/a")).options;
  const ServeOptions other = Load(Table("/b")).options;
  const ServeOptions two = Load(Table("/a") + Table("/b")).options;
  EXPECT_EQ(TableChange(kRouteTable, one, one), "");
  EXPECT_EQ(TableChange(kRouteTable, one, other), "route changed");
  EXPECT_EQ(TableChange(kRouteTable, one, two), "route 1 table -> 2 tables");
  EXPECT_EQ(TableChange(kRouteTable, two, ServeOptions{}), "route 2 tables -> 0 tables");
}

TEST_F(RouteOptionsTest, KeysAreUniqueKebabCase) {
  for (const TableSpec* table : Tables()) {
    EXPECT_FALSE(table->help.empty() || table->help.ends_with('.')) << table->name;
    for (const TableKey& key : table->keys) {
      EXPECT_EQ(FindKey(*table, key.name), &key) << key.name;
      EXPECT_EQ(key.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos);
      EXPECT_FALSE(key.help.empty() || key.help.ends_with('.')) << key.name;
    }
  }
}

}  // namespace
}  // namespace ringcast
