// Text for man(7): the letters that roff would take for commands are escaped, and lines are broken
// before 80 columns, as the format asks of its sources.
//
// Threads: any. Pure functions.
#pragma once

#include <string>
#include <string_view>

namespace ringcast::roff {

// Backslashes and dashes as letters of the text. A dash stays one that can be copied to a shell.
std::string Escape(std::string_view text);

// Filled text, escaped and broken into lines; no line begins with what roff takes for a command.
// Ends with a line break.
std::string Text(std::string_view text);

// The text as it stands, line by line, in a typewriter's letters.
std::string Verbatim(std::string_view text);

// One argument of a macro, in quotes.
std::string Argument(std::string_view text);

}  // namespace ringcast::roff
