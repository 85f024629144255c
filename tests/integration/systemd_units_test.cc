// The files under systemd/, judged by systemd's own tools.
#include <fstream>
#include <map>
#include <regex>
#include <sstream>

#include "integration/daemon_test.h"

namespace ringcast::test {
namespace {

std::string Unit(const std::string& name) { return RINGCAST_UNITS "/" + name; }

std::string Read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Value(const std::string& text, const std::string& key) {
  std::smatch found;
  if (!std::regex_search(text, found, std::regex("(^|\n)" + key + "=(.*)"))) return {};
  return found[2];
}

TEST(SystemdUnits, ServiceIsExposedLittle) {
  ProcessOptions options;
  options.argv = {"systemd-analyze", "security", "--offline=true", "--no-pager",
                  Unit("ringcast.service")};
  const auto process = Must(Process::Start(options));
  ASSERT_EQ(Must(process->Wait(60s)), ExitStatus{.code = 0}) << process->stderr_text();
  const std::string text = process->stdout_text();
  std::smatch level;
  ASSERT_TRUE(std::regex_search(text, level, std::regex("exposure level for .*: ([0-9.]+)")))
      << text;
  EXPECT_LE(std::stod(level[1]), 1.4) << text;
}

// Each hardening line has its reason above it: a comment, or a line that shares one.
TEST(SystemdUnits, EveryLineOfTheServiceHasAReason) {
  std::istringstream lines(Read(Unit("ringcast.service")));
  bool explained = false;
  bool in_service = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("[")) in_service = line == "[Service]";
    if (line.starts_with("#")) explained = true;
    if (line.empty()) explained = false;
    const bool plain = line.starts_with("NotifyAccess") || line.starts_with("ExecStart=");
    if (!in_service || line.find('=') == std::string::npos || plain) continue;
    EXPECT_TRUE(explained) << line;
  }
}

TEST(SystemdUnits, SocketsStandWhereTheConfigurationWouldListen) {
  const std::map<std::string, std::pair<std::string, std::string>> units = {
      {"ringcast.socket", {"http", "127.0.0.1:8080"}},
      {"ringcast-publish.socket", {"publish", "/run/ringcast/publish.sock"}},
      {"ringcast-admin.socket", {"admin", "127.0.0.1:9180"}}};
  const std::string defaults = Read(Unit("ringcast.toml"));
  for (const auto& [name, expected] : units) {
    const std::string text = Read(Unit(name));
    EXPECT_EQ(Value(text, "FileDescriptorName"), expected.first) << name;
    EXPECT_EQ(Value(text, "ListenStream"), expected.second) << name;
    EXPECT_EQ(Value(text, "Service"), "ringcast.service") << name;
    EXPECT_NE(defaults.find("\"" + expected.second + "\""), std::string::npos) << name;
  }
}

// What a line of sysctl.d names exists here, once its "#" is away. Modules may be missing.
TEST(SystemdUnits, KernelSettingsExist) {
  std::istringstream lines(Read(Unit("ringcast.sysctl")));
  const std::regex setting("#([a-z0-9_.]+) = .*");
  int found = 0;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, setting)) continue;
    ++found;
    std::string path = "/proc/sys/" + match[1].str();
    std::replace(path.begin() + 10, path.end(), '.', '/');
    if (path.find("/netfilter/") != std::string::npos) continue;
    EXPECT_TRUE(std::ifstream(path).good()) << path;
  }
  EXPECT_GE(found, 8);
}

}  // namespace
}  // namespace ringcast::test
