// A [[channel]] of the file: a rule about the channels whose names it matches. The first rule for a
// name holds.
//
// Threads: a plain value.
// Invariants (of what the loader returns): the rule can be read (hub/channel_pattern.h).
#pragma once

#include "hub/channel_rules.h"

namespace ringcast {

struct TableSpec;

struct ChannelRuleOptions : ChannelRule {
  bool operator==(const ChannelRuleOptions&) const = default;
};

extern const TableSpec kChannelTable;

}  // namespace ringcast
