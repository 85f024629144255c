// A daemon that asks for tokens, and whoever issues them.
//
// Threads: a test's own.
#pragma once

#include <chrono>
#include <string>

#include "integration/reload_test.h"
#include "support/token_issuer.h"

namespace ringcast::test {

class TokenTest : public ReloadTest {
 protected:
  // Makes the key main.pem, and starts with its public half and these further lines.
  void StartWithKey(const std::string& toml = {}, const std::string& tables = {});
  std::string KeyLine(const std::string& names = "main.pub") const;

  // A token by main.pem that allows these channels: "\"job:1\", \"user:*\"". Times are unix
  // seconds.
  std::string Allows(const std::string& channels, std::int64_t expires = InSeconds(3600));
  std::string Payload(const std::string& channels, std::int64_t expires) const;
  static std::int64_t InSeconds(std::int64_t seconds);

  static HttpHeaders Bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
  }
  static SseRequest With(const std::string& target, const std::string& token);
  int StatusOf(const std::string& target, const HttpHeaders& headers) {
    return Get(target, headers).status;
  }
  std::uint64_t RefusedFor(std::string_view reason) {
    return Stats()["refused_by_token"][reason].Number();
  }

  TokenIssuer issuer_;
};

}  // namespace ringcast::test
