// What the process asks of the kernel about itself: limits, signals, cores, threads' names, memory.
//
// Threads: as each function says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace ringcast {

// Raises the soft RLIMIT_NOFILE to the hard one and returns it: no ring's direct table can be
// larger.
std::uint64_t RaiseFileLimit();

// The cores this process may run on, by number.
std::vector<unsigned> AllowedCores();

// For the calling thread. Pinning tells whether the kernel agreed.
void NameThread(const std::string& name);  // the first 15 bytes show
bool PinThread(unsigned core);

// Random bits from the kernel (getrandom).
std::uint64_t RandomBits();

// Gives the heap's free pages back to the kernel, which free() alone does only at the heap's end.
// On any thread; others that allocate may wait for it. Takes as long as it has pages to give back,
// up to 1 us each.
void TrimHeap();

// Blocks SIGTERM, SIGINT and SIGHUP for this thread and those it will start, and ignores SIGPIPE.
// Call it on the first thread before any other starts.
void BlockSignals();
// Waits for one of them; nothing when the time is over.
std::optional<int> WaitForSignal(Nanos at_most);

}  // namespace ringcast
