#include "support/token_issuer.h"

#include <chrono>
#include <sstream>
#include <stdexcept>
#include <utility>

#include "integration/must.h"
#include "support/process.h"

namespace ringcast::test {

std::vector<std::string> TokenIssuer::Issue(const std::vector<std::string>& requests) {
  ProcessOptions options;
  options.argv = {RINGCAST_TOKEN_PYTHON, RINGCAST_ISSUE_TOKENS, directory_.path()};
  options.pipe_stdin = true;
  const auto process = Must(Process::Start(options));
  std::string input;
  for (const std::string& request : requests) input += request + "\n";
  Must(process->WriteStdin(input));
  process->CloseStdin();
  const ExitStatus status = Must(process->Wait(std::chrono::seconds(60)));
  std::vector<std::string> answers;
  std::istringstream lines(process->stdout_text());
  for (std::string line; std::getline(lines, line);) answers.push_back(line);
  if (status.code != 0 || answers.size() != requests.size()) {
    throw std::runtime_error("issue_tokens.py: " + process->stderr_text());
  }
  return answers;
}

void TokenIssuer::MakeKey(std::string_view name, std::string_view algorithm) {
  MakeKeys({{std::string(name), std::string(algorithm)}});
}

void TokenIssuer::MakeKeys(
    const std::vector<std::pair<std::string, std::string>>& names_and_algorithms) {
  std::vector<std::string> requests;
  for (const auto& [name, algorithm] : names_and_algorithms) {
    requests.push_back(R"({"make": ")" + name + R"(", "algorithm": ")" + algorithm + R"("})");
  }
  Issue(requests);
}

std::string TokenIssuer::Token(std::string_view key, std::string_view algorithm,
                               std::string_view payload, std::string_view more) {
  return Issue({R"({"key": ")" + std::string(key) + R"(", "algorithm": ")" +
                std::string(algorithm) + R"(", "payload": )" + std::string(payload) +
                std::string(more) + "}"})
      .front();
}

}  // namespace ringcast::test
