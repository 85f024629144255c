#include "config/options_loader.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace ringcast {
namespace {

using std::chrono_literals::operator""s;

class OptionsLoader : public testing::Test {
 protected:
  ~OptionsLoader() override { std::remove(path_.c_str()); }

  void WriteFile(const std::string& text) {
    std::ofstream(path_) << text;
    sources_.config_file = path_;
  }
  void SetVariable(const std::string& name, const std::string& value) {
    sources_.environment.emplace_back(name, value);
  }
  void AddFlag(const std::string& name, std::vector<std::string> values) {
    sources_.flags.push_back({.name = name, .values = std::move(values)});
  }
  LoadedOptions Load() const { return LoadServeOptions(sources_); }
  std::string ErrorText() const { return Load().ErrorText(); }

  const std::string path_ = testing::TempDir() + "ringcast_options_loader_" +
                            testing::UnitTest::GetInstance()->current_test_info()->name() + ".toml";
  OptionSources sources_;
};

TEST_F(OptionsLoader, WithoutAnySourceTheDefaultsHold) {
  LoadedOptions loaded = Load();
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  EXPECT_EQ(loaded.ExitCode(), EX_OK);
  EXPECT_FALSE(loaded.options.publish_socket.empty());
  loaded.options.publish_socket.clear();
  EXPECT_EQ(loaded.options, ServeOptions{});
}

TEST_F(OptionsLoader, FlagBeatsEnvironmentBeatsFileBeatsDefault) {
  EXPECT_EQ(Load().options.heartbeat, 15s);
  WriteFile("heartbeat = \"16s\"\nretry = \"5s\"\n");
  EXPECT_EQ(Load().options.heartbeat, 16s);
  SetVariable("RINGCAST_HEARTBEAT", "17s");
  EXPECT_EQ(Load().options.heartbeat, 17s);
  AddFlag("heartbeat", {"18s"});
  const LoadedOptions loaded = Load();
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  EXPECT_EQ(loaded.options.heartbeat, 18s);
  EXPECT_EQ(loaded.options.retry, 5s);
  EXPECT_EQ(loaded.options.sources, sources_);
}

TEST_F(OptionsLoader, ASourceReplacesAListAsAWhole) {
  using Addresses = std::vector<ListenAddress>;
  WriteFile("listen = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\n");
  EXPECT_EQ(Load().options.listen,
            (Addresses{ListenAddress::Tcp("127.0.0.1", 1), ListenAddress::Tcp("127.0.0.1", 2)}));
  SetVariable("RINGCAST_LISTEN", "127.0.0.1:3, unix:/x.sock");
  EXPECT_EQ(Load().options.listen,
            (Addresses{ListenAddress::Tcp("127.0.0.1", 3), ListenAddress::Unix("/x.sock")}));
  AddFlag("listen", {"127.0.0.1:5"});
  EXPECT_EQ(Load().options.listen, Addresses{ListenAddress::Tcp("127.0.0.1", 5)});
}

TEST_F(OptionsLoader, AnEmptyVariableCountsAsNotSet) {
  SetVariable("RINGCAST_HEARTBEAT", "");
  SetVariable("RINGCAST_CONFIG", "");
  const LoadedOptions loaded = Load();
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  EXPECT_EQ(loaded.options.heartbeat, 15s);
}

TEST_F(OptionsLoader, UnknownVariablesAreLeftAlone) {
  SetVariable("RINGCAST_PORT", "tcp://10.0.0.1:80");
  SetVariable("RINGCAST_SERVICE_HOST", "10.0.0.1");
  EXPECT_TRUE(Load().ok());
}

TEST_F(OptionsLoader, TheFileMayBeNamedByTheEnvironmentAndTheFlagWins) {
  WriteFile("heartbeat = \"16s\"\n");
  sources_.config_file.clear();
  SetVariable("RINGCAST_CONFIG", path_);
  EXPECT_EQ(Load().options.heartbeat, 16s);
  EXPECT_EQ(Load().options.sources.config_file, path_);
  sources_.config_file = "/nonexistent/flag.toml";
  EXPECT_EQ(ErrorText().find("/nonexistent/flag.toml: "), 0u);
}

TEST_F(OptionsLoader, SourcesLoadTheSameOptionsAgain) {
  WriteFile("heartbeat = \"16s\"\n");
  SetVariable("RINGCAST_RETRY", "5s");
  AddFlag("shards", {"3"});
  const ServeOptions first = Load().options;
  EXPECT_EQ(LoadServeOptions(first.sources).options, first);
  WriteFile("heartbeat = \"20s\"\n");
  EXPECT_EQ(LoadServeOptions(first.sources).options.heartbeat, 20s);
  EXPECT_EQ(LoadServeOptions(first.sources).options.shards, 3u);
}

TEST_F(OptionsLoader, EverySourceNamesItsPlace) {
  WriteFile("retry = \"3s\"\nheartbeat = \"10\"\nlisten = [\":1\", \"80\"]\n");
  SetVariable("RINGCAST_SHARDS", "many");
  AddFlag("idle-timeout", {"1w"});
  EXPECT_EQ(ErrorText(),
            path_ +
                ":2:13: heartbeat: \"10\" has no unit; write 10s for seconds or 10ms for "
                "milliseconds (units: ms, s, m, h, d)\n" +
                path_ +
                ":3:17: listen: \"80\" has no address; write 127.0.0.1:80 for this machine "
                "only or 0.0.0.0:80 for everyone\n"
                "RINGCAST_SHARDS: \"many\" is not a number; write digits only, such as 1000\n"
                "--idle-timeout: \"1w\" is not a time; write a whole number with a unit (ms, "
                "s, m, h, d), such as 500ms, 10s or 1h30m\n");
}

TEST_F(OptionsLoader, ExitCodeTellsWhoIsWrong) {
  AddFlag("retry", {"soon"});
  EXPECT_EQ(Load().ExitCode(), EX_USAGE);
  SetVariable("RINGCAST_RETRY", "later");
  EXPECT_EQ(Load().ExitCode(), EX_CONFIG);
  sources_.flags.clear();
  EXPECT_EQ(Load().ExitCode(), EX_CONFIG);
  sources_.environment.clear();
  WriteFile("retri = 1\n");
  EXPECT_EQ(Load().ExitCode(), EX_CONFIG);
}

TEST_F(OptionsLoader, ASourceThatIsBeatenIsStillChecked) {
  WriteFile("heartbeat = \"soon\"\n");
  AddFlag("heartbeat", {"18s"});
  EXPECT_EQ(Load().errors.size(), 1u);
}

TEST_F(OptionsLoader, TheDemoIsForLoopbackAddressesAlone) {
  WriteFile("listen = [\"127.0.0.1:1\", \"[::1]:1\"]\ndemo = true\n");
  EXPECT_EQ(ErrorText(), "");
  const std::string remedy =
      "listen on 127.0.0.1:8080 and reach it from elsewhere by `ssh -L 8080:127.0.0.1:8080 HOST`, "
      "or leave the demo away\n";
  for (const char* address :
       {"0.0.0.0:1", "10.0.0.1:1", "[::]:1", "unix:/x.sock", "proxy:127.0.0.1:1"}) {
    sources_.flags.clear();
    AddFlag("listen", {"127.0.0.1:2", address});
    EXPECT_EQ(ErrorText(), path_ +
                               ":2:1: demo: whoever reaches the demo may publish, so it is served "
                               "on loopback addresses alone, and " +
                               address + " is none; " + remedy);
  }
  AddFlag("demo", {"off"});
  EXPECT_EQ(ErrorText(), "");
}

TEST_F(OptionsLoader, AddressesMustDiffer) {
  AddFlag("listen", {"127.0.0.1:1", "127.0.0.1:1"});
  EXPECT_EQ(ErrorText(), "--listen: names 127.0.0.1:1 twice\n");
  sources_.flags.clear();
  AddFlag("listen", {"127.0.0.1:1", "proxy:127.0.0.1:1"});
  EXPECT_EQ(ErrorText(), "--listen: names proxy:127.0.0.1:1 twice\n");
  sources_.flags.clear();
  AddFlag("admin", {"localhost:8080"});
  EXPECT_EQ(ErrorText(),
            "--admin: 127.0.0.1:8080 is both a public and the admin address; choose another for "
            "one\n");
  sources_.flags.clear();
  WriteFile("\nlisten = \"127.0.0.1:9180\"\n");
  EXPECT_EQ(ErrorText(),
            path_ +
                ":2:1: listen: 127.0.0.1:9180 is both a public and the admin address; choose "
                "another for one\n");
  WriteFile("listen = []\n");
  EXPECT_EQ(ErrorText(), path_ + ":1:1: listen: has no address; name at least one\n");
  sources_.config_file.clear();
  AddFlag("listen", {"unix:/x.sock"});
  AddFlag("publish-socket", {"/x.sock"});
  EXPECT_EQ(ErrorText(),
            "--publish-socket: /x.sock is also the path of a listener; choose another for one\n");
}

TEST_F(OptionsLoader, PublishListenersHaveAddressesOfTheirOwnAndAKey) {
  AddFlag("publish-listen", {"127.0.0.1:1"});
  EXPECT_EQ(ErrorText(),
            "--publish-listen: needs a key that tokens are verified with; name one with jwt-key\n");
  AddFlag("jwt-key", {"/no/such/file.pem"});
  EXPECT_EQ(ErrorText(), "") << "what the file holds is looked at later";
  sources_.flags.clear();
  WriteFile("jwt-key = \"/k.pem\"\npublish-listen = [\"127.0.0.1:1\", \"127.0.0.1:1\"]\n");
  EXPECT_EQ(ErrorText(), path_ + ":2:1: publish-listen: names 127.0.0.1:1 twice\n");
  WriteFile("jwt-key = \"/k.pem\"\npublish-listen = \"127.0.0.1:8080\"\n");
  EXPECT_EQ(ErrorText(), path_ +
                             ":2:1: publish-listen: 127.0.0.1:8080 is also where subscribers "
                             "connect; choose another for one\n");
  WriteFile("jwt-key = \"/k.pem\"\npublish-listen = \"127.0.0.1:9180\"\n");
  EXPECT_EQ(ErrorText(), path_ +
                             ":2:1: publish-listen: 127.0.0.1:9180 is also the admin address; "
                             "choose another for one\n");
}

TEST_F(OptionsLoader, ThePublishSocketFollowsTheEnvironment) {
  SetVariable("RUNTIME_DIRECTORY", "/run/elsewhere");
  EXPECT_EQ(Load().options.publish_socket, "/run/elsewhere/publish.sock");
  SetVariable("RINGCAST_PUBLISH_SOCKET", "/x.sock");
  EXPECT_EQ(Load().options.publish_socket, "/x.sock");
}

TEST(ReadEnvironment, KeepsWhatConcernsTheDaemon) {
  const char* const variables[] = {
      "PATH=/bin",          "RINGCAST_RETRY=a=b", "RUNTIME_DIRECTORY=/r",
      "XDG_RUNTIME_DIR=/x", "NOEQUALS",           nullptr};
  EXPECT_EQ(ReadEnvironment(variables), (Environment{{"RINGCAST_RETRY", "a=b"},
                                                     {"RUNTIME_DIRECTORY", "/r"},
                                                     {"XDG_RUNTIME_DIR", "/x"}}));
}

}  // namespace
}  // namespace ringcast
