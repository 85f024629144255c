// The manual pages: hand-written sources (*.in) in which a line between @ signs stands for what the
// program knows itself.
//
//   @commands@   every command with its options, from the command line's parser
//   @keys@       every key of the configuration file, from the option table
//   @tables@     every array of tables of the file and its keys, from their descriptions
//
// @version@ may stand anywhere in a line.
//
// Threads: any. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "app/command_words.h"
#include "base/result.h"

namespace ringcast {

// `source` with its marks filled in. The error names the line of a mark that is not known.
Result<std::string> FillManualPage(std::string_view source, const CommandWords& program);

}  // namespace ringcast
