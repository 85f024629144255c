// base64url without padding (RFC 4648 5, RFC 7515 2), as the parts of a token are written.
//
// Threads: any; pure functions.
// Invariants: one value has one spelling. What is not exactly that spelling is refused, so that two
// readers cannot take one text for two tokens, nor one token have two texts.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ringcast {

// No padding, no line break, no byte of another alphabet, no length that no bytes encode to, and
// the bits that belong to no byte are zero; else there is no value.
std::optional<std::string> DecodeBase64Url(std::string_view text);

std::string EncodeBase64Url(std::string_view bytes);

}  // namespace ringcast
