// UTF-8 validation, as strict as Unicode 15 table 3-7: no overlong form, no surrogate, nothing
// above U+10FFFF, no truncated sequence. NUL is valid.
//
// Threads: any; pure. Cost: about one step per 16 bytes on ASCII.
#pragma once

#include <string_view>

namespace ringcast {

bool IsValidUtf8(std::string_view bytes);

}  // namespace ringcast
