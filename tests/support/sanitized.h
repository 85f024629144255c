// Whether this build runs under a sanitizer, which keeps freed memory back and so makes sizes of
// processes meaningless.
//
// Threads: a constant.
#pragma once

namespace ringcast::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace ringcast::test
