// Findings as a person and as a program read them.
//
// Threads: any. Pure functions.
#pragma once

#include <span>
#include <string>

#include "doctor/finding.h"

namespace ringcast {

// A line for each finding, below it why and the remedy where there are any; the summary last.
std::string ReportText(std::span<const Finding> findings, bool colour);

// {"version":...,"findings":[{"level","check","what","why","fix"}],"summary":{"ok","notes",
// "warnings","errors","exit_code"}}; `why` and `fix` are left out where there is none. One line.
std::string ReportJson(std::span<const Finding> findings);

}  // namespace ringcast
