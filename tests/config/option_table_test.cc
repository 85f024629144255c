#include "config/option_table.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringcast {
namespace {

using std::chrono_literals::operator""s;

std::string ErrorOf(std::string_view option, std::string_view text) {
  ServeOptions options;
  const Status parsed = FindOption(option)->parse(text, options);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

TEST(OptionTable, NamesAreUniqueKebabCase) {
  std::set<std::string_view> names;
  for (const OptionSpec& spec : OptionTable()) {
    EXPECT_TRUE(names.insert(spec.name).second) << spec.name;
    EXPECT_EQ(spec.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-"), std::string_view::npos)
        << spec.name;
    EXPECT_FALSE(spec.help.empty() || spec.help.ends_with('.')) << spec.name;
  }
}

TEST(OptionTable, DefaultTextsAreTheDefaults) {
  for (const OptionSpec& spec : OptionTable()) {
    ServeOptions options;
    if (spec.repeatable()) spec.clear(options);
    if (!spec.default_text.empty()) {
      const Status parsed = spec.parse(spec.default_text, options);
      ASSERT_TRUE(parsed.ok()) << spec.name << ": " << parsed.error().message;
    }
    EXPECT_EQ(options, ServeOptions{}) << spec.name;
  }
}

// A parser wired to the wrong member would change none, or the same one as another option.
TEST(OptionTable, EachParserChangesItsOwnMember) {
  const std::vector<std::pair<std::string_view, std::string_view>> other_values = {
      {"listen", "127.0.0.1:1"},
      {"admin", "127.0.0.1:2"},
      {"allow-origin", "*"},
      {"publish-socket", "/x"},
      {"publish-listen", "127.0.0.1:3"},
      {"publish-mode", "0600"},
      {"publish-users", "a"},
      {"publish-groups", "b"},
      {"max-event-size", "3"},
      {"max-publishers", "4"},
      {"shards", "5"},
      {"pin-shards", "true"},
      {"max-connections", "6"},
      {"history-events", "7"},
      {"max-connections-per-ip", "8"},
      {"history-bytes", "9000"},
      {"history-ttl", "10s"},
      {"heartbeat", "11s"},
      {"idle-timeout", "12s"},
      {"max-lifetime", "13s"},
      {"stall-timeout", "14s"},
      {"header-timeout", "16s"},
      {"retry", "17s"},
      {"drain-timeout", "18s"},
      {"log-level", "debug"},
      {"log-format", "json"},
      {"max-batch-size", "19KiB"},
      {"max-batch-events", "20"},
      {"connection-rate-per-ip", "21"},
      {"connection-burst-per-ip", "22"},
      {"max-channels-per-stream", "23"},
      {"max-subscribers-per-channel", "24"},
      {"history-memory", "100MiB"},
      {"trusted-proxy", "10.0.0.0/8"},
      {"max-channels", "25"},
      {"ended-ttl", "26s"},
      {"idempotency-window", "25s"},
      {"auth", "token"},
      {"jwt-key", "main:/k"},
      {"jwt-algorithm", "ES256"},
      {"jwt-audience", "you"},
      {"jwt-issuer", "me"},
      {"jwt-leeway", "25s"},
      {"jwt-cookie", "c"},
      {"jwt-query", "q"},
      {"auth-url", "http://127.0.0.1:3000/a"},
      {"auth-timeout", "28s"},
      {"auth-concurrency", "26"},
      {"auth-cache", "27s"},
      {"demo", "true"},
  };
  ASSERT_EQ(other_values.size(), OptionTable().size());
  ServeOptions all;
  for (const auto& [name, text] : other_values) {
    const OptionSpec* spec = FindOption(name);
    ASSERT_NE(spec, nullptr) << name;
    if (spec->repeatable()) spec->clear(all);
    ASSERT_TRUE(spec->parse(text, all).ok()) << name;
  }
  const ServeOptions expected{
      .listen = {ListenAddress::Tcp("127.0.0.1", 1)},
      .admin = ListenAddress::Tcp("127.0.0.1", 2),
      .allow_origin = {"*"},
      .trusted_proxy = {"10.0.0.0/8"},
      .demo = true,
      .auth = AuthMode::kToken,
      .jwt_key = {"main:/k"},
      .jwt_algorithm = {TokenAlgorithm::kEs256},
      .jwt_audience = "you",
      .jwt_issuer = "me",
      .jwt_leeway = 25s,
      .jwt_cookie = "c",
      .jwt_query = "q",
      .auth_url = "http://127.0.0.1:3000/a",
      .auth_timeout = 28s,
      .auth_concurrency = 26,
      .auth_cache = 27s,
      .publish_socket = "/x",
      .publish_listen = {ListenAddress::Tcp("127.0.0.1", 3)},
      .publish_mode = 0600,
      .publish_users = {"a"},
      .publish_groups = {"b"},
      .max_event_size = 3,
      .max_batch_size = 19u << 10,
      .max_batch_events = 20,
      .max_publishers = 4,
      .idempotency_window = 25s,
      .shards = 5,
      .pin_shards = true,
      .max_connections = 6,
      .max_connections_per_ip = 8,
      .connection_rate_per_ip = 21,
      .connection_burst_per_ip = 22,
      .max_channels_per_stream = 23,
      .max_subscribers_per_channel = 24,
      .history_events = 7,
      .history_bytes = 9000,
      .history_ttl = 10s,
      .history_memory = 100u << 20,
      .max_channels = 25,
      .ended_ttl = 26s,
      .heartbeat = 11s,
      .idle_timeout = 12s,
      .max_lifetime = 13s,
      .stall_timeout = 14s,
      .header_timeout = 16s,
      .retry = 17s,
      .drain_timeout = 18s,
      .log_level = LogLevel::kDebug,
      .log_format = LogFormat::kJson,
      .routes = {},
      .sources = {},
  };
  EXPECT_EQ(all, expected);
}

// The texts of a value, its own and that of every default.
TEST(OptionTable, ATextIsReadBackAsTheValueThatItWasMadeOf) {
  const std::vector<std::pair<std::string_view, std::vector<std::string_view>>> values = {
      {"listen", {"127.0.0.1:1", "[::1]:80", "unix:/run/x.sock"}},
      {"admin", {"unix:/x", "0.0.0.0:1"}},
      {"allow-origin", {"*", "https://example.org"}},
      {"publish-mode", {"0", "7", "0600", "777"}},
      {"publish-users", {"www-data", "33"}},
      {"max-event-size", {"1", "1000", "64KiB", "8MiB"}},
      {"pin-shards", {"true", "false"}},
      {"shards", {"auto", "256"}},
      {"max-connections", {"auto", "1000000"}},
      {"max-connections-per-ip", {"off", "3"}},
      {"history-memory", {"auto", "off", "100MiB", "67108865"}},
      {"history-ttl", {"off", "100ms", "1h30m", "7d"}},
      {"heartbeat", {"off", "1500ms", "59m59s999ms"}},
      {"auth-url", {"https://app.example.org", "http://unix:/run/app.sock:/auth"}},
      {"auth-cache", {"off", "1s"}},
      {"log-level", {"error", "warning", "info", "debug"}},
      {"log-format", {"auto", "journald", "text", "json"}},
      {"auth", {"auto", "none", "token", "url"}},
      {"jwt-key", {"/k.pem", "main:k.pem"}},
      {"jwt-algorithm", {"HS256", "RS256", "ES256", "EdDSA"}},
      {"jwt-audience", {"", "https://a/"}},
      {"jwt-leeway", {"off", "1s", "10m"}},
      {"jwt-cookie", {"", "ringcast_token"}},
      {"jwt-query", {"", "access_token"}},
  };
  for (const auto& [name, texts] : values) {
    const OptionSpec* spec = FindOption(name);
    ASSERT_NE(spec, nullptr) << name;
    for (const std::string_view text : texts) {
      ServeOptions options;
      if (spec->repeatable()) spec->clear(options);
      ASSERT_TRUE(spec->parse(text, options).ok()) << name << " " << text;
      const std::string written = spec->text(options);
      ServeOptions again;
      if (spec->repeatable()) spec->clear(again);
      ASSERT_TRUE(spec->parse(written, again).ok()) << name << " " << written;
      EXPECT_EQ(options, again) << name << " " << text << " " << written;
      ServeOptions copy;
      spec->copy(options, copy);
      EXPECT_EQ(copy, options) << name;
    }
  }
  for (const OptionSpec& spec : OptionTable()) {
    EXPECT_EQ(spec.text(ServeOptions{}), spec.default_text) << spec.name;
  }
  ServeOptions two;
  two.allow_origin = {"https://a.example", "https://b.example"};
  EXPECT_EQ(FindOption("allow-origin")->text(two), "https://a.example,https://b.example");
}

TEST(OptionTable, WhatNeedsARestartIsNamed) {
  EXPECT_EQ(RestartOnlyNames(),
            "listen, admin, demo, publish-socket, publish-listen, shards, pin-shards");
}

TEST(OptionTable, ValuesOutOfRangeAreRefusedWithTheRange) {
  EXPECT_EQ(ErrorOf("shards", "257"), "\"257\" is out of range; write 1 to 256 or auto");
  EXPECT_EQ(ErrorOf("shards", "0"), "accepted");
  EXPECT_EQ(ErrorOf("max-publishers", "0"), "\"0\" is out of range; write 1 to 65536");
  EXPECT_EQ(ErrorOf("heartbeat", "99ms"), "\"99ms\" is out of range; write 100ms to 1h or off");
  EXPECT_EQ(ErrorOf("heartbeat", "1h1ms"), "\"1h1ms\" is out of range; write 100ms to 1h or off");
  EXPECT_EQ(ErrorOf("heartbeat", "off"), "accepted");
  EXPECT_EQ(ErrorOf("stall-timeout", "off"), "\"off\" is out of range; write 100ms to 1h");
  EXPECT_EQ(ErrorOf("max-event-size", "9MiB"), "\"9MiB\" is out of range; write 1 to 8MiB");
  EXPECT_EQ(ErrorOf("max-channels-per-stream", "65"), "\"65\" is out of range; write 1 to 64");
  EXPECT_EQ(ErrorOf("max-channels-per-stream", "0"), "\"0\" is out of range; write 1 to 64");
  EXPECT_EQ(ErrorOf("max-batch-size", "1000"), "\"1000\" is out of range; write 1KiB to 1GiB");
  EXPECT_EQ(ErrorOf("history-memory", "63MiB"),
            "\"63MiB\" is out of range; write 64MiB to 16TiB, auto or off");
  EXPECT_EQ(ErrorOf("history-memory", "0"),
            "\"0\" is out of range; write 64MiB to 16TiB, auto or off");
  EXPECT_EQ(ErrorOf("connection-rate-per-ip", "1000001"),
            "\"1000001\" is out of range; write 1 to 1000000 or off");
}

TEST(OptionTable, ZeroWordsBelongToTheirOptions) {
  EXPECT_EQ(ErrorOf("shards", "auto"), "accepted");
  EXPECT_NE(ErrorOf("shards", "off"), "accepted");
  EXPECT_EQ(ErrorOf("max-connections-per-ip", "off"), "accepted");
  EXPECT_NE(ErrorOf("max-connections-per-ip", "auto"), "accepted");
  EXPECT_NE(ErrorOf("max-publishers", "auto"), "accepted");
  EXPECT_EQ(ErrorOf("connection-rate-per-ip", "off"), "accepted");
  EXPECT_EQ(ErrorOf("connection-burst-per-ip", "auto"), "accepted");
  EXPECT_EQ(ErrorOf("max-subscribers-per-channel", "off"), "accepted");
  EXPECT_EQ(ErrorOf("history-memory", "auto"), "accepted");
  EXPECT_EQ(ErrorOf("history-memory", "off"), "accepted");
}

TEST(OptionTable, AccountsAreNamesOrNumbers) {
  for (const char* text : {"www-data", "1000", "user.name", "svc_x"}) {
    EXPECT_EQ(ErrorOf("publish-users", text), "accepted") << text;
  }
  for (const char* text : {"", "a b", "a:b", "-x", "a/b", "a\n"}) {
    EXPECT_NE(ErrorOf("publish-groups", text), "accepted") << text;
  }
}

TEST(OptionTable, ProxiesAreTrustedByAddressOrNetwork) {
  for (const char* text : {"127.0.0.1", "10.0.0.0/8", "2001:db8::/32", "::1", "unix"}) {
    EXPECT_EQ(ErrorOf("trusted-proxy", text), "accepted") << text;
  }
  for (const char* text : {"", "nginx", "10.0.0.0/33", "10.0.0.1/8", "unix:/run/x", "*"}) {
    EXPECT_NE(ErrorOf("trusted-proxy", text), "accepted") << text;
  }
}

TEST(OptionTable, WhatTokensAreHeldAgainst) {
  EXPECT_EQ(ErrorOf("auth", "jwt"), "\"jwt\" is no authorization; write none, token or url");
  EXPECT_EQ(ErrorOf("jwt-algorithm", "none"),
            "\"none\" is no algorithm for tokens; write HS256, RS256, ES256 or EdDSA");
  EXPECT_NE(ErrorOf("jwt-algorithm", "es256"), "accepted");
  for (const char* text : {"", ":/k", "main:"}) {
    EXPECT_NE(ErrorOf("jwt-key", text), "accepted") << text;
  }
  for (const char* text : {"a b", "a=b", "a;b"}) {
    EXPECT_NE(ErrorOf("jwt-cookie", text), "accepted") << text;
  }
  // What a URL would escape, and what has a meaning already.
  for (const char* text : {"a b", "a%20", "a&b", "channel", "lastEventId", "last_event_id"}) {
    EXPECT_NE(ErrorOf("jwt-query", text), "accepted") << text;
  }
}

TEST(OptionTable, TheAdminListenerReadsNoProxyHeader) {
  EXPECT_EQ(ErrorOf("admin", "proxy:127.0.0.1:9180"),
            "\"proxy:127.0.0.1:9180\" asks for the PROXY protocol, which the admin listener does "
            "not read; leave proxy: away");
}

TEST(OptionTable, PublishersOnOtherHostsComeOverTcp) {
  EXPECT_EQ(ErrorOf("publish-listen", "10.0.0.5:8443"), "accepted");
  EXPECT_EQ(ErrorOf("publish-listen", "[::]:8443"), "accepted");
  EXPECT_NE(ErrorOf("publish-listen", "unix:/run/x.sock").find("publish-socket"),
            std::string::npos);
  EXPECT_NE(ErrorOf("publish-listen", "proxy:127.0.0.1:1").find("leave proxy: away"),
            std::string::npos);
}

TEST(OptionTable, AParserThatRefusesChangesNothing) {
  for (const OptionSpec& spec : OptionTable()) {
    ServeOptions options;
    EXPECT_FALSE(spec.parse(std::string("\x01/"), options).ok()) << spec.name;
    EXPECT_EQ(options, ServeOptions{}) << spec.name;
  }
}

TEST(OptionTable, FindsBothSpellings) {
  EXPECT_EQ(FindOption("idle_timeout"), FindOption("idle-timeout"));
  EXPECT_NE(FindOption("idle-timeout"), nullptr);
  EXPECT_EQ(FindOption("idletimeout"), nullptr);
  EXPECT_EQ(FindOption(""), nullptr);
}

TEST(OptionTable, SuggestsTheNearestName) {
  ASSERT_NE(NearestOption("hearbeat"), nullptr);
  EXPECT_EQ(NearestOption("hearbeat")->name, "heartbeat");
  EXPECT_EQ(NearestOption("idle_time_out")->name, "idle-timeout");
  EXPECT_EQ(NearestOption("colour"), nullptr);
}

TEST(OptionTable, EnvironmentNames) {
  EXPECT_EQ(EnvironmentName(*FindOption("max-connections-per-ip")),
            "RINGCAST_MAX_CONNECTIONS_PER_IP");
}

TEST(OptionTable, ARangeIsToldInTheWordsOfItsOwnRefusal) {
  EXPECT_EQ(FindOption("heartbeat")->parse.Range(), "100ms to 1h or off");
  EXPECT_EQ(FindOption("shards")->parse.Range(), "1 to 256 or auto");
  EXPECT_EQ(FindOption("history-memory")->parse.Range(), "64MiB to 16TiB, auto or off");
  EXPECT_EQ(FindOption("listen")->parse.Range(), "");
  for (const OptionSpec& spec : OptionTable()) {
    if (spec.parse.Range().empty()) continue;
    const bool is_time = spec.kind == ValueKind::kDuration;
    ServeOptions options;
    const Status refused = spec.parse(is_time ? "99999d" : "9999999999999999999", options);
    ASSERT_FALSE(refused.ok()) << spec.name;
    EXPECT_TRUE(refused.error().message.ends_with("write " + spec.parse.Range()))
        << spec.name << ": " << refused.error().message;
  }
}

}  // namespace
}  // namespace ringcast
