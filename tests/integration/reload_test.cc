#include "integration/reload_test.h"

#include <csignal>
#include <sstream>

namespace ringcast::test {

void ReloadTest::StartWith(const std::string& toml, Arguments arguments) {
  directory_.Write("ringcast.toml", toml);
  arguments.insert(arguments.end(), {"--config", file()});
  Start(arguments);
}

std::vector<std::string> ReloadTest::Outcomes() {
  std::vector<std::string> lines;
  std::istringstream log(server().log());
  for (std::string line; std::getline(log, line) && !log.eof();) {
    if (line.find("reloaded: ") != std::string::npos ||
        line.find("reload refused") != std::string::npos) {
      lines.push_back(line);
    }
  }
  return lines;
}

std::string ReloadTest::Reload(const std::string& toml) {
  directory_.Write("ringcast.toml", toml);
  return Reload();
}

std::string ReloadTest::Reload() {
  const std::size_t before = Outcomes().size();
  server().process().Signal(SIGHUP);
  if (!Eventually([&] { return Outcomes().size() > before; })) {
    throw std::runtime_error("no reload: " + server().log());
  }
  return Outcomes().at(before);
}

std::string ReloadTest::Metric(const std::string& name_and_labels) {
  std::istringstream metrics(Must(server().admin_get("/metrics", kPatience)).body);
  for (std::string line; std::getline(metrics, line);) {
    if (line.starts_with(name_and_labels + " ")) return line.substr(name_and_labels.size() + 1);
  }
  return "none";
}

}  // namespace ringcast::test
