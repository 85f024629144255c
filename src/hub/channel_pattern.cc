#include "hub/channel_pattern.h"

#include <utility>

#include "protocol/channel_name.h"
#include "protocol/channel_template.h"

namespace ringcast {
namespace {

Result<std::string> ParsePrefix(std::string_view text) {
  const std::string prefix(text.substr(0, text.size() - 1));
  if (prefix.find_first_of("*{}") != std::string::npos) {
    return Error{
        "has more than a * at its end; write either a beginning such as job:* or variables "
        "such as job:{id}"};
  }
  const std::string_view why = ChannelNameError(prefix + "x");
  if (!why.empty()) {
    return Error{"is no beginning of a channel name: " + std::string(why) +
                 "; write one such as job:*"};
  }
  return prefix;
}

}  // namespace

Result<ChannelPattern> ChannelPattern::Parse(std::string_view text) {
  ChannelPattern pattern;
  if (text.ends_with('*')) {
    Result<std::string> prefix = ParsePrefix(text);
    if (!prefix) return prefix.error();
    pattern.prefix_ = true;
    pattern.literals_.push_back(std::move(*prefix));
    return pattern;
  }
  const Result<ChannelTemplate> parsed = ChannelTemplate::Parse(text);
  if (!parsed) return parsed.error();
  pattern.literals_.emplace_back();
  for (const ChannelTemplate::Part& part : parsed->parts()) {
    if (part.variable) {
      pattern.literals_.emplace_back();
    } else {
      pattern.literals_.back() += part.text;
    }
  }
  return pattern;
}

// Each literal is taken where it comes first: a later place would leave less for what follows, and
// reach no further, since no variable goes beyond a slash.
bool ChannelPattern::Matches(std::string_view name) const {
  if (!name.starts_with(literals_.front())) return false;
  name.remove_prefix(literals_.front().size());
  if (prefix_) return true;
  for (std::size_t i = 1; i < literals_.size(); ++i) {
    const std::string& literal = literals_[i];
    if (name.size() < literal.size() + 1) return false;
    const bool last = i + 1 == literals_.size();
    const std::size_t at = last ? name.size() - literal.size() : name.find(literal, 1);
    if (at == std::string_view::npos || !name.substr(at).starts_with(literal)) return false;
    if (name.substr(0, at).find('/') != std::string_view::npos) return false;
    name.remove_prefix(at + literal.size());
  }
  return name.empty();
}

}  // namespace ringcast
