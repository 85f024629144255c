// How much memory there is for this process: the machine's, or less when the control group that it
// runs in (a systemd unit with MemoryMax=, a container) has less.
//
// Threads: any; reads files.
#pragma once

#include <cstdint>
#include <string>

namespace ringcast {

// Bytes. `root` stands in front of /proc and /sys. What cannot be read sets no bound; 0 when
// nothing can.
std::uint64_t UsableMemory(const std::string& root = {});

}  // namespace ringcast
