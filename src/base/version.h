// Which Ringcast this is, from the build's project version.
//
// Threads: any.
#pragma once

#include <string_view>

namespace ringcast {

// "0.1.0": semantic version, no prefix.
std::string_view Version();

}  // namespace ringcast
