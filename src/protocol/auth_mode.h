// Who decides whether a client may subscribe.
//
// Threads: plain values.
#pragma once

#include <cstdint>

namespace ringcast {

enum class AuthMode : std::uint8_t {
  kNone,   // nobody: whoever reaches the listener may
  kToken,  // the token that the client brings
  kUrl,    // the application, which is asked
};

}  // namespace ringcast
