#include "hub/channel_rules.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace ringcast {

ChannelRules::ChannelRules(std::vector<ChannelRule> rules) : rules_(std::move(rules)) {
  RC_CHECK(rules_.size() < UINT16_MAX, "the configuration bounds the number of rules");
  for (const ChannelRule& rule : rules_) {
    Result<ChannelPattern> pattern = ChannelPattern::Parse(rule.match);
    RC_CHECK(pattern.ok(), "the configuration has read every pattern");
    patterns_.push_back(std::move(*pattern));
  }
}

std::uint16_t ChannelRules::Match(std::string_view name) const {
  const auto found =
      std::find_if(patterns_.begin(), patterns_.end(),
                   [name](const ChannelPattern& pattern) { return pattern.Matches(name); });
  return static_cast<std::uint16_t>(found - patterns_.begin());
}

ChannelTerms ChannelRules::TermsOf(std::uint16_t number, const HistoryLimits& options) const {
  ChannelTerms terms;
  terms.history = options;
  if (number == rules_.size()) return terms;
  const ChannelRule& rule = rules_[number];
  terms.strict = rule.strict.value_or(false);
  return Changed(terms, rule.terms);
}

}  // namespace ringcast
