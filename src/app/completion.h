// What a shell needs to complete the command line: commands, options, their values. Each text is
// whole: it is sourced, or put where the shell looks for it, and asks nothing of the program.
//
// Threads: any. Pure functions.
#pragma once

#include <string>

#include "app/command_words.h"

namespace ringcast {

std::string BashCompletion(const CommandWords& program);
std::string ZshCompletion(const CommandWords& program);
std::string FishCompletion(const CommandWords& program);

}  // namespace ringcast
