// Numbers with units as people type them, for flags, environment and file alike. Every refusal
// names the text, what is wrong with it and what to write instead.
//
//   time   500ms  10s  2m  1h30m  1d   parts from large to small; 0 and off are zero
//   size   512  64KiB  64k  1MB        KiB MiB GiB and k m g count in 1024, KB MB GB in 1000
//
// A bare "10" is no time: seconds and milliseconds are confused too easily. A bare number is a size
// in bytes, as in nginx, and so are the units k, m and g. Case does not matter in sizes.
//
// Threads: any. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace ringcast {

// Units ms, s, m, h, d; whole numbers; each unit at most once. At most about 290 million years.
Result<Millis> ParseDuration(std::string_view text);

// Bytes; up to 2^64-1.
Result<std::uint64_t> ParseSize(std::string_view text);

// A plain decimal number up to 2^64-1, without sign.
Result<std::uint64_t> ParseCount(std::string_view text);

// Permission bits of a file in octal, 0 to 0777, with or without the leading zero or "0o".
Result<std::uint32_t> ParseMode(std::string_view text);

// true, yes, on, 1 or false, no, off, 0.
Result<bool> ParseSwitch(std::string_view text);

// The shortest text that parses back to the same value: "1h30m", "15s", "off".
std::string FormatDuration(Millis duration);
// "64KiB", "1MiB", "1000".
std::string FormatSize(std::uint64_t bytes);

// The text in double quotes, control characters escaped and cut at 60 bytes, for error messages.
std::string Quoted(std::string_view text);

}  // namespace ringcast
