#include "config/channel_rule_options.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "config/config_table.h"
#include "config/option_parsers.h"
#include "config/options.h"
#include "hub/channel_pattern.h"

namespace ringcast {

namespace option_parsers {
template <>
ChannelRule& RowOf<ChannelRule>(ServeOptions& options) {
  return options.channel_rules.back();
}
}  // namespace option_parsers

namespace {

using namespace option_parsers;  // NOLINT: the table below is made of them

using R = ChannelRule;
using K = ValueKind;

ChannelRule& Last(ServeOptions& options) { return RowOf<ChannelRule>(options); }

Status ParseMatch(std::string_view text, ServeOptions& options) {
  const Result<ChannelPattern> pattern = ChannelPattern::Parse(text);
  if (!pattern) return Error{Quoted(text) + " " + pattern.error().message};
  Last(options).match = text;
  return Done{};
}

constexpr std::array kKeys{
    TableKey{"match", "\"session:{id}\"", "",
             "Names of the channels: {id} stands for any text without a slash, a * at the end for "
             "anything",
             K::kText, Presence::kRequired, ParseMatch, nullptr},
    TableKey{"strict", "true|false", "false",
             "Whether such a channel must be created, with PUT /channels/{channel} on the publish "
             "socket, before anybody may follow it or publish to it; who does is answered 404",
             K::kSwitch, Presence::kOptional, ParseSwitchInto<&R::strict>, nullptr},
    TableKey{"history-events", "N", "the option history-events", "Most events kept of each, or off",
             K::kCount, Presence::kOptional, ParseTerm<&R::terms, kHistoryEvents>, nullptr},
    TableKey{"history-bytes", "SIZE", "the option history-bytes", "Most bytes kept of each",
             K::kSize, Presence::kOptional, ParseTerm<&R::terms, kHistoryBytes>, nullptr},
    TableKey{"history-ttl", "TIME", "the option history-ttl", "Oldest event kept, or off",
             K::kDuration, Presence::kOptional, ParseTerm<&R::terms, kHistoryTtl>, nullptr},
    TableKey{"unused-timeout", "TIME", "off",
             "Time without subscriber and event after which one that was created is forgotten",
             K::kDuration, Presence::kOptional, ParseTerm<&R::terms, kUnusedTimeout>, nullptr},
};

// A rule that an earlier one hides whole is a slip of the order.
void CheckRules(const ServeOptions& options, std::span<const ConfigRow> rows,
                std::vector<std::string>& errors) {
  if (rows.size() > ChannelRules::kMost) {
    errors.push_back(rows[ChannelRules::kMost].place +
                     ": channel: is one rule too many; there may be " +
                     std::to_string(ChannelRules::kMost));
    return;
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& match = options.channel_rules[i].match;
    for (std::size_t k = 0; k < i; ++k) {
      const std::string& earlier = options.channel_rules[k].match;
      const bool hidden =
          earlier == match ||
          (earlier.ends_with('*') && std::string_view(match).starts_with(
                                         std::string_view(earlier).substr(0, earlier.size() - 1)));
      if (!hidden) continue;
      errors.push_back(rows[i].Where("match") + ": never holds, for " + Quoted(earlier) + " (" +
                       rows[k].PlaceOf("match") + ") matches the same names and comes first; " +
                       "put the narrower rule first");
      break;
    }
  }
}

}  // namespace

constinit const TableSpec kChannelTable{
    .name = "channel",
    .help = "A rule about the channels whose names it matches; the first one for a name holds",
    .keys = kKeys,
    .tables = {},
    .add = RowsOf<&ServeOptions::channel_rules>::Add,
    .check = CheckRules,
    .same = RowsOf<&ServeOptions::channel_rules>::Same,
    .count = RowsOf<&ServeOptions::channel_rules>::Count};

}  // namespace ringcast
