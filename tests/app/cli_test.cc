#include "app/cli.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "app/help_formatter.h"
#include "app/token_command.h"
#include "base/version.h"
#include "client/pub_command.h"
#include "client/tail_command.h"
#include "config/option_table.h"
#include "config/options.h"
#include "doctor/doctor.h"
#include "load/bench_options.h"
#include "top/top_command.h"

namespace ringcast {
namespace {

using std::chrono_literals::operator""s;

// What the last run handed to a command; function pointers carry no state of their own.
std::optional<ServeOptions> served;
std::optional<PubOptions> published;
std::optional<TailOptions> tailed;
std::optional<BenchOptions> benched;
std::optional<DoctorOptions> examined;
std::optional<TopOptions> topped;
std::optional<TokenOptions> tokened;

constexpr int kServeCode = 71;
constexpr int kPubCode = 65;
constexpr int kTailCode = 69;
constexpr int kBenchCode = 1;
constexpr int kDoctorCode = 72;
constexpr int kTopCode = 74;
constexpr int kTokenCode = 66;

struct Outcome {
  int code;
  std::string out;
  std::string errors;
};

Outcome RunWith(std::vector<const char*> arguments, std::vector<const char*> environment = {}) {
  served.reset();
  published.reset();
  tailed.reset();
  benched.reset();
  examined.reset();
  topped.reset();
  tokened.reset();
  arguments.insert(arguments.begin(), "ringcast");
  const int argc = static_cast<int>(arguments.size());
  arguments.push_back(nullptr);
  environment.push_back(nullptr);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const CliCommands commands{.serve =
                                 [](const ServeOptions& options) {
                                   served = options;
                                   Log(LogLevel::kInfo, "served");
                                   return kServeCode;
                                 },
                             .pub =
                                 [](const PubOptions& options) {
                                   published = options;
                                   return kPubCode;
                                 },
                             .tail =
                                 [](const TailOptions& options) {
                                   tailed = options;
                                   return kTailCode;
                                 },
                             .bench =
                                 [](const BenchOptions& options) {
                                   benched = options;
                                   return kBenchCode;
                                 },
                             .doctor =
                                 [](const DoctorOptions& options) {
                                   examined = options;
                                   return kDoctorCode;
                                 },
                             .top =
                                 [](const TopOptions& options) {
                                   topped = options;
                                   return kTopCode;
                                 },
                             .token =
                                 [](const TokenOptions& options) {
                                   tokened = options;
                                   return kTokenCode;
                                 }};
  const int code = RunCli(argc, arguments.data(), environment.data(), commands);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(Cli, WithoutACommandItIsAUsageError) {
  const Outcome run = RunWith({});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(Contains(run.errors, "ringcast --help")) << run.errors;
}

TEST(Cli, VersionAndHelpGoToStandardOutput) {
  Outcome run = RunWith({"--version"});
  EXPECT_EQ(run.code, EX_OK);
  EXPECT_EQ(run.out, "ringcast " + std::string(Version()) + "\n");
  run = RunWith({"--help"});
  EXPECT_EQ(run.code, EX_OK);
  EXPECT_EQ(run.errors, "");
  EXPECT_TRUE(Contains(run.out, "\nUsage: ringcast COMMAND [OPTIONS]\n")) << run.out;
  for (const char* command :
       {"serve", "pub", "tail", "bench", "check-config", "doctor", "token", "completion"}) {
    EXPECT_TRUE(Contains(run.out, std::string("\n  ") + command + " ")) << run.out;
  }
}

TEST(Cli, HelpOfServeNamesEveryOptionWithItsDefault) {
  const Outcome run = RunWith({"serve", "--help"});
  EXPECT_EQ(run.code, EX_OK);
  std::string words;  // the text as if it were one line, which wrapping does not change
  for (const char c : run.out) {
    const char letter = c == '\n' ? ' ' : c;
    if (letter != ' ' || (!words.empty() && words.back() != ' ')) words += letter;
  }
  for (const OptionSpec& spec : OptionTable()) {
    EXPECT_TRUE(Contains(words, " --" + std::string(spec.name) + " ")) << spec.name << run.out;
    EXPECT_TRUE(Contains(words, std::string(spec.help))) << spec.name;
    if (spec.kind != ValueKind::kSwitch && !spec.default_text.empty()) {
      EXPECT_TRUE(
          Contains(words, std::string(spec.help) + " [default: " + std::string(spec.default_text)))
          << spec.name;
    }
    EXPECT_TRUE(Contains(run.out, "\n" + std::string(spec.group) + ":\n")) << spec.group;
  }
  EXPECT_TRUE(Contains(run.out, "\nUsage: ringcast serve [OPTIONS]\n")) << run.out;
  EXPECT_FALSE(Contains(run.out, "\n\n\n")) << run.out;
  std::size_t start = 0;
  for (std::size_t end = 0; (end = run.out.find('\n', start)) != std::string::npos;
       start = end + 1) {
    EXPECT_LE(end - start, 80u) << run.out.substr(start, end - start);
  }
}

TEST(Cli, ServeRunsWithoutAnArgument) {
  const Outcome run = RunWith({"serve"}, {"RUNTIME_DIRECTORY=/run/x"});
  EXPECT_EQ(run.code, kServeCode) << run.errors;
  ASSERT_TRUE(served);
  EXPECT_EQ(served->publish_socket, "/run/x/publish.sock");
  EXPECT_EQ(served->listen, ServeOptions{}.listen);
  EXPECT_TRUE(Contains(run.errors, "Z info served\n")) << run.errors;
}

TEST(Cli, ServeTakesFlagsAndEnvironment) {
  const Outcome run = RunWith(
      {"serve", "--listen", "[::1]:1", "--listen=unix:/a.sock", "--heartbeat", "20s",
       "--heartbeat=21s", "--pin-shards", "--allow-origin", "*", "--log-format", "journald"},
      {"RINGCAST_HEARTBEAT=5s", "RINGCAST_RETRY=6s"});
  ASSERT_EQ(run.code, kServeCode) << run.errors;
  EXPECT_EQ(served->listen, (std::vector<ListenAddress>{ListenAddress::Tcp("::1", 1),
                                                        ListenAddress::Unix("/a.sock")}));
  EXPECT_EQ(served->heartbeat, 21s);
  EXPECT_EQ(served->retry, 6s);
  EXPECT_TRUE(served->pin_shards);
  EXPECT_EQ(run.errors, "<6>served\n");
}

TEST(Cli, ASwitchMayBeTurnedOff) {
  EXPECT_EQ(RunWith({"serve", "--pin-shards=off"}, {"RINGCAST_PIN_SHARDS=1"}).code, kServeCode);
  EXPECT_FALSE(served->pin_shards);
  EXPECT_EQ(RunWith({"serve"}, {"RINGCAST_PIN_SHARDS=1"}).code, kServeCode);
  EXPECT_TRUE(served->pin_shards);
}

TEST(Cli, WrongFlagsAre64AndWrongVariables78) {
  Outcome run = RunWith({"serve", "--heartbeat", "10", "--shards", "x"});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_TRUE(Contains(run.errors, "--heartbeat: \"10\" has no unit")) << run.errors;
  EXPECT_TRUE(Contains(run.errors, "--shards: \"x\" is not a number")) << run.errors;
  EXPECT_FALSE(served);
  run = RunWith({"serve"}, {"RINGCAST_HEARTBEAT=10"});
  EXPECT_EQ(run.code, EX_CONFIG);
  EXPECT_EQ(run.errors.find("RINGCAST_HEARTBEAT: "), 0u) << run.errors;
  run = RunWith({"serve", "--pin-shards=maybe"});
  EXPECT_EQ(run.code, EX_USAGE) << run.errors;
  EXPECT_TRUE(Contains(run.errors, "pin-shards")) << run.errors;
}

TEST(Cli, UnknownWordsAreUsageErrorsWithASuggestion) {
  Outcome run = RunWith({"serve", "--hearbeat", "10s"});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_TRUE(run.errors ==
              "ringcast: unknown option --hearbeat; did you mean --heartbeat?\nTry `ringcast serve "
              "--help`.\n")
      << run.errors;
  run = RunWith({"serv"});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_TRUE(run.errors ==
              "ringcast: unknown command serv; did you mean serve?\nTry `ringcast --help`.\n")
      << run.errors;
  run = RunWith({"serve", "extra"});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_TRUE(Contains(run.errors, "unexpected argument extra.")) << run.errors;
  run = RunWith({"serve", "--hearbeat=10s"});
  EXPECT_TRUE(Contains(run.errors, "did you mean --heartbeat?")) << run.errors;
  run = RunWith({"serve", "--colour"});
  EXPECT_TRUE(Contains(run.errors, "unknown option --colour.")) << run.errors;
  run = RunWith({"serve", "--listen", ":1", "extra"});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_TRUE(Contains(run.errors, "unexpected argument extra.")) << run.errors;
  EXPECT_EQ(RunWith({"serve", "--heartbeat"}).code, EX_USAGE);
  EXPECT_FALSE(served);
}

class CheckConfig : public testing::Test {
 protected:
  ~CheckConfig() override { std::remove(path_.c_str()); }
  void Write(const std::string& text) { std::ofstream(path_) << text; }
  const std::string path_ = testing::TempDir() + "ringcast_cli_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml";
};

TEST_F(CheckConfig, AGoodFileIs0) {
  Write("heartbeat = \"20s\"\n");
  for (const Outcome& run : {RunWith({"check-config", path_.c_str()}),
                             RunWith({"check-config", "--config", path_.c_str()}),
                             RunWith({"check-config"}, {("RINGCAST_CONFIG=" + path_).c_str()})}) {
    EXPECT_EQ(run.code, EX_OK) << run.errors;
    EXPECT_EQ(run.out, path_ + ": the options are valid\n");
  }
  EXPECT_FALSE(served);
}

TEST_F(CheckConfig, ABadFileIs78WithEveryMistake) {
  Write("heartbeet = \"20s\"\nretry = 5\n");
  const std::string expected =
      path_ + ":1:1: unknown key \"heartbeet\"; did you mean heartbeat?\n" + path_ +
      ":2:9: retry: \"5\" has no unit; write 5s for seconds or 5ms for milliseconds (units: ms, s, "
      "m, "
      "h, d)\n";
  const Outcome check = RunWith({"check-config", path_.c_str()});
  EXPECT_EQ(check.code, EX_CONFIG);
  EXPECT_EQ(check.errors, expected);
  const Outcome serve = RunWith({"serve", "--config", path_.c_str()});
  EXPECT_EQ(serve.code, EX_CONFIG);
  EXPECT_EQ(serve.errors, expected);
  EXPECT_FALSE(served);
}

TEST_F(CheckConfig, TwoFilesAreAUsageError) {
  EXPECT_EQ(RunWith({"check-config", "a", "--config", "b"}).code, EX_USAGE);
}

TEST(Cli, HelpOfACommandShowsItsArguments) {
  EXPECT_TRUE(Contains(RunWith({"pub", "--help"}).out,
                       "\nUsage: ringcast pub [OPTIONS] [CHANNEL] [DATA]\n"));
  EXPECT_TRUE(
      Contains(RunWith({"tail", "-h"}).out, "\nUsage: ringcast tail [OPTIONS] TARGET...\n"));
}

TEST(Cli, PubTakesChannelAndData) {
  EXPECT_EQ(RunWith({"pub", "a/b", "hello", "--event", "t", "--publish-socket", "/p.sock"}).code,
            kPubCode);
  ASSERT_TRUE(published);
  EXPECT_EQ(published->channel, "a/b");
  EXPECT_EQ(published->data, "hello");
  EXPECT_EQ(published->type, "t");
  EXPECT_EQ(published->publish_socket, "/p.sock");
  EXPECT_FALSE(published->ndjson);
  EXPECT_EQ(RunWith({"pub", "a", "-"}).code, kPubCode);
  EXPECT_EQ(published->data, "-");
  EXPECT_EQ(RunWith({"pub", "a"}).code, kPubCode);
  EXPECT_EQ(published->data, std::nullopt);
  EXPECT_EQ(RunWith({"pub", "a", ""}).code, kPubCode);
  EXPECT_EQ(published->data, "");
  EXPECT_EQ(RunWith({"pub", "a", "--", "--event"}).code, kPubCode);
  EXPECT_EQ(published->data, "--event");
  EXPECT_EQ(RunWith({"pub", "--ndjson"}).code, kPubCode);
  EXPECT_TRUE(published->ndjson);
}

TEST(Cli, DataIsTakenAsItIs) {
  for (const char* data : {"[1,2]", "[]", "{}", "{\"a\":1}", "a b", "\"q\"", "'q'", "a,b", "a=b",
                           "%%", "[[\"x\"]]", "\\n", "@file", "\xf0\x9f\x98\x80", "null", "true"}) {
    ASSERT_EQ(RunWith({"pub", "a", data}).code, kPubCode) << data;
    EXPECT_EQ(published->data, data);
  }
}

TEST(Cli, PubFindsTheSocket) {
  RunWith({"pub", "a", "x"}, {"RINGCAST_PUBLISH_SOCKET=/e.sock"});
  EXPECT_EQ(published->publish_socket, "/e.sock");
  RunWith({"pub", "a", "x", "--publish-socket", "unix:/f.sock"},
          {"RINGCAST_PUBLISH_SOCKET=/e.sock"});
  EXPECT_EQ(published->publish_socket, "/f.sock");
}

TEST(Cli, PubRefusesWhatMakesNoSense) {
  EXPECT_EQ(RunWith({"pub"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"pub", "a", "b", "c"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"pub", "--ndjson", "a"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"pub", "--ndjson", "--event", "t"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"pub", "a", "b", "--publish-socket", "@x"}).code, EX_USAGE);
  EXPECT_FALSE(published);
}

TEST(Cli, TopTakesAnAddressFromTheLineOrTheEnvironment) {
  EXPECT_EQ(RunWith({"top"}).code, kTopCode);
  ASSERT_TRUE(topped);
  EXPECT_EQ(topped->address, ServeOptions{}.admin.ToString());
  EXPECT_FALSE(topped->once);
  EXPECT_EQ(RunWith({"top", "--once", "--json"}, {"RINGCAST_ADMIN=unix:/s"}).code, kTopCode);
  EXPECT_EQ(topped->address, "unix:/s");
  EXPECT_TRUE(topped->once);
  EXPECT_TRUE(topped->json);
  EXPECT_EQ(RunWith({"top", ":1"}, {"RINGCAST_ADMIN=unix:/s"}).code, kTopCode);
  EXPECT_EQ(topped->address, ":1");
  EXPECT_EQ(RunWith({"top", "a", "b"}).code, EX_USAGE);
}

TEST(Cli, TokenTakesAnActionAndWhatBelongsToIt) {
  EXPECT_EQ(RunWith({"token",       "make",  "--key",       "main:/k",   "--sub",     "42",
                     "--subscribe", "job:1", "--subscribe", "user:42:*", "--publish", "job:*",
                     "--ttl",       "2h",    "--kid",       "k",         "--claim",   "tenant=acme",
                     "--audience",  "you",   "--issuer",    "me"})
                .code,
            kTokenCode);
  ASSERT_TRUE(tokened);
  EXPECT_EQ(tokened->action, "make");
  EXPECT_EQ(tokened->keys, (std::vector<std::string>{"main:/k"}));
  EXPECT_EQ(tokened->subject, "42");
  EXPECT_EQ(tokened->subscribe, (std::vector<std::string>{"job:1", "user:42:*"}));
  EXPECT_EQ(tokened->publish, (std::vector<std::string>{"job:*"}));
  EXPECT_EQ(tokened->ttl, "2h");
  EXPECT_EQ(tokened->kid, "k");
  EXPECT_EQ(tokened->claims, (std::vector<std::string>{"tenant=acme"}));
  EXPECT_EQ(tokened->audience, "you");
  EXPECT_EQ(tokened->issuer, "me");
  EXPECT_EQ(RunWith({"token", "explain", "a.b.c", "--key", "/a", "--key", "/b"}).code, kTokenCode);
  EXPECT_EQ(tokened->token, "a.b.c");
  EXPECT_EQ(tokened->keys, (std::vector<std::string>{"/a", "/b"}));
  EXPECT_EQ(RunWith({"token", "key", "--algorithm", "EdDSA", "--out", "/k"}).code, kTokenCode);
  EXPECT_EQ(tokened->algorithm, "EdDSA");
  EXPECT_EQ(tokened->out, "/k");
  EXPECT_EQ(RunWith({"token"}).code, EX_USAGE);
  EXPECT_FALSE(tokened);
}

TEST(Cli, TailTakesTargetsAndFlags) {
  EXPECT_EQ(
      RunWith({"tail", "a", "b", "--json", "--server", "unix:/s", "--from", "1-2", "--count", "3"})
          .code,
      kTailCode);
  ASSERT_TRUE(tailed);
  EXPECT_EQ(tailed->targets, (std::vector<std::string>{"a", "b"}));
  EXPECT_TRUE(tailed->json);
  EXPECT_EQ(tailed->server, "unix:/s");
  EXPECT_EQ(tailed->from, "1-2");
  EXPECT_EQ(tailed->count, 3u);
  EXPECT_EQ(RunWith({"tail", "--json", "a"}).code, kTailCode);
  EXPECT_EQ(tailed->server, TailOptions{}.server);
  EXPECT_EQ(RunWith({"tail"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"tail", "a", "--count", "-1"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"tail", "a", "--count", "x"}).code, EX_USAGE);
  EXPECT_FALSE(tailed);
}

TEST(Cli, BenchTakesAScenarioAndNumbers) {
  EXPECT_EQ(RunWith({"bench", "hold"}).code, kBenchCode);
  ASSERT_TRUE(benched);
  EXPECT_EQ(benched->scenario, Scenario::kHold);
  EXPECT_EQ(benched->connections, BenchOptions{}.connections);
  const Outcome run = RunWith({"bench",
                               "saturate",
                               "--target",
                               "http://h/x",
                               "--connections",
                               "100000",
                               "--connect-rate",
                               "2.5",
                               "--spread",
                               "7",
                               "--workers",
                               "2",
                               "--publish",
                               "unix:/p.sock",
                               "--channel",
                               "c",
                               "--publish-body",
                               "d={event}",
                               "--rate",
                               "0.5",
                               "--seconds",
                               "1.5",
                               "--drain-seconds",
                               "3",
                               "--payload",
                               "200",
                               "--server-pid",
                               "12",
                               "--server-pid",
                               "13",
                               "--allow-gaps",
                               "--hgrm",
                               "/h",
                               "--json",
                               "/j"});
  ASSERT_EQ(run.code, kBenchCode) << run.errors;
  EXPECT_EQ(benched->scenario, Scenario::kSaturate);
  EXPECT_EQ(benched->target, "http://h/x");
  EXPECT_EQ(benched->connections, 100'000u);
  EXPECT_EQ(benched->connect_rate, 2.5);
  EXPECT_EQ(benched->spread, 7u);
  EXPECT_EQ(benched->workers, 2u);
  EXPECT_EQ(benched->publish, "unix:/p.sock");
  EXPECT_EQ(benched->channel, "c");
  EXPECT_EQ(benched->publish_body, "d={event}");
  EXPECT_EQ(benched->rate, 0.5);
  EXPECT_EQ(benched->seconds, 1.5);
  EXPECT_EQ(benched->drain_seconds, 3);
  EXPECT_EQ(benched->payload_bytes, 200u);
  EXPECT_EQ(benched->server_pids, (std::vector<pid_t>{12, 13}));
  EXPECT_TRUE(benched->allow_gaps);
  EXPECT_EQ(benched->hgrm_file, "/h");
  EXPECT_EQ(benched->json_file, "/j");
}

TEST(Cli, BenchRefusesWhatMakesNoSense) {
  const Outcome run = RunWith({"bench", "dance"});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_TRUE(Contains(run.errors,
                       "\"dance\" is no scenario; choose hold, fanout, saturate, "
                       "replay, churn, storm, channels or slow"))
      << run.errors;
  EXPECT_EQ(RunWith({"bench"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"bench", "hold", "fanout"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({"bench", "hold", "--server-pid", "-3"}).code, EX_USAGE);
  for (const char* number : {"-1", "x", "1x", ""}) {
    const Outcome refused = RunWith({"bench", "hold", "--connections", number});
    EXPECT_EQ(refused.code, EX_USAGE) << number;
    EXPECT_TRUE(Contains(refused.errors, "--connections: \"" + std::string(number) + "\" is not"))
        << refused.errors;
  }
  EXPECT_FALSE(benched);
}

TEST(TwoColumns, WrapsAtSpaces) {
  EXPECT_EQ(TwoColumns("-x", "short"), "  -x" + std::string(26, ' ') + "short\n");
  const std::string left(40, 'l');
  EXPECT_EQ(TwoColumns(left, "right"), "  " + left + "\n" + std::string(30, ' ') + "right\n");
  const std::string word(30, 'w');
  EXPECT_EQ(TwoColumns("-x", word + " " + word),
            "  -x" + std::string(26, ' ') + word + "\n" + std::string(30, ' ') + word + "\n");
  EXPECT_EQ(TwoColumns("-x", ""), "  -x\n");
}

TEST(Cli, DoctorTakesTheOptionsOfServe) {
  Outcome run = RunWith({"doctor", "--max-connections", "5", "--json"}, {"RINGCAST_HEARTBEAT=20s"});
  EXPECT_EQ(run.code, kDoctorCode) << run.errors;
  ASSERT_TRUE(examined);
  EXPECT_TRUE(examined->loaded.ok());
  EXPECT_TRUE(examined->json);
  EXPECT_EQ(examined->loaded.options.max_connections, 5u);
  EXPECT_EQ(examined->loaded.options.heartbeat, 20s);
  run = RunWith({"doctor"});
  ASSERT_TRUE(examined);
  EXPECT_FALSE(examined->json);
  run = RunWith({"doctor", "--help"});
  EXPECT_EQ(run.code, EX_OK);
  EXPECT_TRUE(Contains(run.out, "--json")) << run.out;
  EXPECT_TRUE(Contains(run.out, "--max-connections")) << run.out;
  EXPECT_TRUE(Contains(run.out, "Exit status")) << run.out;
}

TEST(Cli, DoctorIsGivenWhatIsWrongWithTheOptions) {
  const Outcome run = RunWith({"doctor", "--heartbeat", "15", "--shards", "many"});
  EXPECT_EQ(run.code, kDoctorCode);
  ASSERT_TRUE(examined);
  EXPECT_EQ(examined->loaded.errors.size(), 2u);
  EXPECT_EQ(RunWith({"doctor", "--shrads", "2"}).code, EX_USAGE) << "no option at all";
}

// What the shells make of it is seen in tests/manual, in the shells themselves.
TEST(Cli, CompletionPrintsAScriptForEachShellAndKnowsNoOther) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const Outcome run = RunWith({"completion", shell});
    EXPECT_EQ(run.code, EX_OK);
    EXPECT_EQ(run.errors, "");
    EXPECT_TRUE(Contains(run.out, std::string("\"ringcast completion ") + shell + "\"")) << run.out;
  }
  const Outcome run = RunWith({"completion", "tcsh"});
  EXPECT_EQ(run.code, EX_USAGE);
  EXPECT_EQ(run.out, "");
  EXPECT_TRUE(Contains(run.errors, "\"tcsh\"; choose bash, zsh or fish")) << run.errors;
}

}  // namespace
}  // namespace ringcast
