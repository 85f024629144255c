// How much memory there is for this process: the machine's, or less when the control group that it
// runs in (a systemd unit with MemoryMax=, a container) has less.
//
// Threads: any; reads files.
#pragma once

#include <cstdint>
#include <string>

#include "config/options.h"

namespace ringcast {

// Bytes. `root` stands in front of /proc and /sys. What cannot be read sets no bound; 0 when
// nothing can.
std::uint64_t UsableMemory(const std::string& root = {});
// Bytes of the whole machine; UINT64_MAX when that cannot be read.
std::uint64_t MachineMemory(const std::string& root = {});

// What all histories together may take, out of `usable` bytes when history-memory is automatic; 0:
// no limit.
std::uint64_t HistoryMemory(const ServeOptions& options, std::uint64_t usable);

}  // namespace ringcast
