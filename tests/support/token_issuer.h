// Keys and tokens that are made by another implementation than the one under test: PyJWT, in a
// process of its own (issue_tokens.py says what can be asked for).
//
// Threads: one at a time.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.h"

namespace ringcast::test {

class TokenIssuer {
 public:
  // Makes DIR/NAME.pem, NAME.pub, NAME.jwk and so on.
  void MakeKey(std::string_view name, std::string_view algorithm);
  void MakeKeys(const std::vector<std::pair<std::string, std::string>>& names_and_algorithms);

  // One token for each request, in order. Ends the test when one cannot be made.
  std::vector<std::string> Issue(const std::vector<std::string>& requests);
  // `payload` is JSON; `more` are further members of the request, each beginning with a comma.
  std::string Token(std::string_view key, std::string_view algorithm, std::string_view payload,
                    std::string_view more = {});

  // Where the keys are.
  std::string File(std::string_view name) const { return directory_.File(name); }
  const TempDir& directory() const { return directory_; }

 private:
  TempDir directory_;
};

}  // namespace ringcast::test
