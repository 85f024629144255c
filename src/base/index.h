// The index that names no element. Objects of a table are named by 32-bit indices rather than
// pointers: half the size, checkable against the table's bounds, and valid however the table grows.
//
// Threads: a constant.
#pragma once

#include <cstdint>

namespace ringcast {

inline constexpr std::uint32_t kNoIndex = 0xffffffff;

}  // namespace ringcast
