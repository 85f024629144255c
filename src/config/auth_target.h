// Whether an auth-url names somebody who can decide: not the daemon itself, which would ask itself
// for ever.
//
// Threads: pure function.
#pragma once

#include <string>
#include <string_view>

#include "config/options.h"

namespace ringcast {

// What is wrong with the URL beside these options, and how to mend it; empty: nothing.
// REQUIRES: ParseAuthUrl() is content with it.
std::string AuthUrlFault(std::string_view url, const ServeOptions& options);

}  // namespace ringcast
