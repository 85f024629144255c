#include "integration/token_test.h"

#include <ctime>

namespace ringcast::test {

std::int64_t TokenTest::InSeconds(std::int64_t seconds) { return std::time(nullptr) + seconds; }

std::string TokenTest::KeyLine(const std::string& names) const {
  return "jwt-key = \"" + issuer_.File(names) + "\"\n";
}

void TokenTest::StartWithKey(const std::string& toml, const std::string& tables) {
  issuer_.MakeKey("main", "ES256");
  StartWith(KeyLine() + toml + tables);
}

std::string TokenTest::Payload(const std::string& channels, std::int64_t expires) const {
  return R"({"sub": "42", "exp": )" + std::to_string(expires) + R"(, "ringcast": {"subscribe": [)" +
         channels + "]}}";
}

std::string TokenTest::Allows(const std::string& channels, std::int64_t expires) {
  return issuer_.Token("main.pem", "ES256", Payload(channels, expires));
}

SseRequest TokenTest::With(const std::string& target, const std::string& token) {
  SseRequest request;
  request.target = target;
  request.headers = Bearer(token);
  return request;
}

}  // namespace ringcast::test
