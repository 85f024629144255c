#include "integration/bench_command.h"

#include <chrono>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>

#include "integration/must.h"
#include "support/process.h"
#include "support/server.h"
#include "support/temp_dir.h"

namespace ringcast::test {
namespace {

constexpr std::chrono::seconds kLongestRun{100};

}  // namespace

double BenchOutcome::Number(const char* key) const {
  if (!json.IsObject() || !json.HasMember(key)) {
    throw std::runtime_error(std::string("the report has no ") + key + "\n" + text);
  }
  return json[key].GetDouble();
}

double BenchOutcome::Number(const char* object, const char* key) const {
  if (!json.IsObject() || !json.HasMember(object) || !json[object].HasMember(key)) {
    throw std::runtime_error(std::string("the report has no ") + object + "." + key + "\n" + text);
  }
  return json[object][key].GetDouble();
}

BenchOutcome RunBenchCommand(const std::vector<std::string>& arguments) {
  const TempDir directory;
  const std::string file = directory.File("report.json");
  ProcessOptions options;
  options.argv = {Server::Binary(), "bench"};
  options.argv.insert(options.argv.end(), arguments.begin(), arguments.end());
  options.argv.insert(options.argv.end(), {"--json", file});
  const std::unique_ptr<Process> process = Must(Process::Start(options));
  BenchOutcome outcome;
  outcome.exit_code = Must(process->Wait(kLongestRun)).code;
  outcome.text = process->stdout_text() + process->stderr_text();
  std::ifstream report(file);
  const std::string json{std::istreambuf_iterator<char>(report), {}};
  outcome.json.Parse(json.c_str(), json.size());
  return outcome;
}

}  // namespace ringcast::test
