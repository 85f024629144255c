// Files that hold keys for tokens, as `--jwt-key` names them.
//
// Threads: any; reads the file and its mode, nothing else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "access/token_key.h"
#include "base/result.h"

namespace ringcast {

// A larger file is no key but something else, given by mistake.
inline constexpr std::size_t kMaxKeyFileBytes = 256 * 1024;

struct KeySource {
  std::string kid;  // empty: none was given
  std::string path;
};

// "[KID:]FILE". What stands before the first colon is a name unless it holds a slash.
Result<KeySource> ParseKeySource(std::string_view text);

enum class KeyUse { kVerify, kSign };

struct LoadedKeys {
  std::vector<TokenKey> keys;
  std::vector<std::string> warnings;  // each names the file, and what mends it
};

// For kVerify private keys are cut down to their public half; for kSign there is exactly one, and
// it can sign. The error names the file, what is wrong and how to mend it.
Result<LoadedKeys> LoadKeys(const KeySource& source, KeyUse use);

}  // namespace ringcast
