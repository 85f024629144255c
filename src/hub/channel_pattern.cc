#include "hub/channel_pattern.h"

#include <algorithm>
#include <utility>

#include "protocol/channel_name.h"

namespace ringcast {
namespace {

Error Wrong(std::string_view what) {
  return {std::string(what) +
          "; write a name such as news, one with variables such as session:{id}, or a beginning "
          "such as job:*"};
}

// Whether some channel's name could hold this between two variables, or at its ends.
bool CanBePartOfAName(std::string_view literal) {
  return literal.empty() || (literal.find("//") == std::string_view::npos &&
                             std::all_of(literal.begin(), literal.end(), [](char c) {
                               const char name[] = {'a', c};
                               return c == '/' || IsValidChannelName({name, sizeof name});
                             }));
}

}  // namespace

Result<ChannelPattern> ChannelPattern::Parse(std::string_view text) {
  ChannelPattern pattern;
  pattern.prefix_ = text.ends_with('*');
  std::string_view rest = text.substr(0, text.size() - (pattern.prefix_ ? 1 : 0));
  if (text.empty()) return Wrong("it is empty");
  if (rest.find('*') != std::string_view::npos) return Wrong("a * stands at the end alone");
  for (;;) {
    const std::size_t open = std::min(rest.find('{'), rest.size());
    const std::string_view literal = rest.substr(0, open);
    if (literal.find('}') != std::string_view::npos) return Wrong("a } has no { before it");
    if (!CanBePartOfAName(literal)) {
      return Wrong("no channel can have such a name: names have A-Z a-z 0-9 . _ ~ : @ = + - and "
                   "single slashes");
    }
    const bool between = !pattern.literals_.empty();
    pattern.literals_.emplace_back(literal);
    if (open == rest.size()) break;
    if (between && literal.empty()) {
      return Wrong("between two variables stands something that tells where the first one ends");
    }
    const std::size_t close = rest.find('}', open);
    if (close == std::string_view::npos) return Wrong("a { is not closed");
    const std::string_view variable = rest.substr(open + 1, close - open - 1);
    if (variable.empty() || variable.find('{') != std::string_view::npos) {
      return Wrong("between { and } stands a variable's name");
    }
    rest.remove_prefix(close + 1);
  }
  if (pattern.prefix_ && pattern.literals_.size() > 1) {
    return Wrong("variables and a * do not go together");
  }
  if (text.front() == '/' || text.back() == '/') {
    return Wrong("a channel's name neither begins nor ends with a slash");
  }
  return pattern;
}

// Each literal is taken where it comes first: a later place would leave less for what follows, and
// reach no further, since no variable goes beyond a slash.
bool ChannelPattern::Matches(std::string_view name) const {
  if (!name.starts_with(literals_.front())) return false;
  name.remove_prefix(literals_.front().size());
  if (literals_.size() == 1) return prefix_ || name.empty();
  for (std::size_t i = 1; i < literals_.size(); ++i) {
    const std::string& literal = literals_[i];
    const bool last = i + 1 == literals_.size();
    if (name.size() < literal.size() + 1) return false;
    const std::size_t at = last ? name.size() - literal.size() : name.find(literal, 1);
    if (at == std::string_view::npos || !name.substr(at).starts_with(literal)) return false;
    if (name.substr(0, at).find('/') != std::string_view::npos) return false;
    name.remove_prefix(at + literal.size());
  }
  return name.empty();
}

}  // namespace ringcast
