// Counts what a benchmark allocates: linking allocation_count.cc replaces the global operator new
// of the program by one that counts. A benchmark reads the count before and after its loop and
// checks that the two agree.
//
// Threads: any.
#pragma once

#include <cstdint>

namespace ringcast::bench {

// Calls of operator new so far, in all threads.
std::uint64_t AllocationCount();

}  // namespace ringcast::bench
