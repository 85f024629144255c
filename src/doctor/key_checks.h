// The keys that tokens are verified with, as the files say them now.
//
// Threads: one at a time; reads the files.
#pragma once

#include <memory>
#include <vector>

#include "access/token_verifier.h"
#include "config/options.h"
#include "doctor/finding.h"

namespace ringcast {

struct TokenKeys {
  std::shared_ptr<const TokenVerifier> verifier;  // null where there is no key, or an error
  std::vector<Finding> errors;                    // why the daemon does not start, or reload
  std::vector<Finding> warnings;
};
TokenKeys LoadTokenKeys(const ServeOptions& options);

std::vector<Finding> CheckTokenKeys(const ServeOptions& options);

}  // namespace ringcast
