// The word a mistyped one was most likely meant to be, for "did you mean" in error messages.
//
// Threads: any. Pure functions.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace ringcast {

// Insertions, removals, replacements and swaps of neighbours that turn one word into the other
// (optimal string alignment: no part is edited twice).
std::size_t EditDistance(std::string_view from, std::string_view to);

// The candidate at the smallest distance, the first of equals; empty when even that one needs more
// than a third of the word's letters changed: a far guess helps nobody.
std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace ringcast
