// Rules about channels, by their names: the first rule whose pattern matches says what holds for a
// channel, and what it leaves open comes from the options.
//
// Threads: immutable once made; each thread that needs them has its own.
// Invariants: a name has the same rule as long as the rules are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/channel_pattern.h"
#include "hub/channel_terms.h"

namespace ringcast {

struct ChannelRule {
  std::string match;  // as ChannelPattern reads it
  std::optional<bool> strict;
  ChannelTermsChange terms;

  bool operator==(const ChannelRule&) const = default;
};

class ChannelRules {
 public:
  // What the configuration takes of each kind; they are looked through one by one when a channel is
  // made.
  static constexpr std::size_t kMost = 1000;

  // REQUIRES: fewer than 65,535 rules, with patterns that can be read.
  explicit ChannelRules(std::vector<ChannelRule> rules = {});

  // The number of the first rule for this name; size() when there is none.
  std::uint16_t Match(std::string_view name) const;
  std::uint16_t size() const { return static_cast<std::uint16_t>(rules_.size()); }

  // What holds for channels of rule `number`. REQUIRES: number <= size().
  ChannelTerms TermsOf(std::uint16_t number, const HistoryLimits& options) const;

 private:
  std::vector<ChannelRule> rules_;
  std::vector<ChannelPattern> patterns_;
};

}  // namespace ringcast
