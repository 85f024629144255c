#include "config/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace ringcast {

std::size_t EditDistance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row_before_last(to.size() + 1);
  std::vector<std::size_t> last_row(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(last_row.begin(), last_row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = last_row[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last_row[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], row_before_last[j - 2] + 1);
      }
    }
    std::swap(row_before_last, last_row);
    std::swap(last_row, row);
  }
  return last_row[to.size()];
}

std::string_view Nearest(std::string_view word, std::span<const std::string_view> candidates) {
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = EditDistance(word, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace ringcast
