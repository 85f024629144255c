// How channels come and go: by whose terms they live, which are created, which have ended.
#include "hub/channel_directory.h"

namespace ringcast {

void ChannelDirectory::MakeTerms() {
  terms_.clear();
  for (std::uint16_t rule = 0; rule <= rules_.size(); ++rule) {
    terms_.push_back(rules_.TermsOf(rule, history_));
  }
}

// Noted in the channel, so that names are compared with rules once; after a change of the rules
// that holds again when the channel had its turn in TrimSlice().
std::uint16_t ChannelDirectory::RuleOf(const Channel& channel) const {
  return channel.odd_rules == odd_rules_ ? channel.rule : rules_.Match(channel.name->view());
}

void ChannelDirectory::NoteRule(std::uint32_t index) {
  Channel& channel = channels_[index];
  channel.rule = rules_.Match(channel.name->view());
  channel.odd_rules = odd_rules_;
}

ChannelTerms ChannelDirectory::TermsOf(std::uint32_t index) const {
  const Channel& channel = channels_[index];
  const ChannelTerms& terms = terms_[RuleOf(channel)];
  return channel.created ? Changed(terms, creations_.find(index)->second.own) : terms;
}

// Of a name that is not in the tables, or whose channel is not live.
ChannelStanding ChannelDirectory::StandingOf(std::string_view name) const {
  if (ended_.Has(name, now_tick_)) return ChannelStanding::kEnded;
  return TermsByName(name).strict ? ChannelStanding::kUnknown : ChannelStanding::kLive;
}

// Somebody asks for a channel: what it was may be over, for an end is remembered only for a time.
void ChannelDirectory::Reconsider(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.standing == ChannelStanding::kLive) return;
  const ChannelStanding now = StandingOf(channel.name->view());
  if (channel.standing == now) return;
  channel.standing = now;
  MarkDirty(index);
}

bool ChannelDirectory::Create(std::string_view name, const ChannelTermsChange* change) {
  const std::uint64_t hash = Hash(name);
  std::uint32_t index = Find(name, hash);
  const bool there = index != kNoIndex && channels_[index].standing == ChannelStanding::kLive;
  if (!there) ended_.Forget(name);
  if (index == kNoIndex) index = Insert(ChannelNameBlock::Make(name), hash, Doubt(name));
  Channel& channel = channels_[index];
  if (!there) {
    channel.standing = ChannelStanding::kLive;
    MarkDirty(index);
  }
  if (!channel.created) {
    channel.created = true;
    ++creations_made_;
  }
  Creation& creation = creations_[index];
  creation.last_use = now_tick_;
  if (change != nullptr) creation.own = *change;
  FollowTerms(index, now_tick_);
  return !there;
}

bool ChannelDirectory::IsCreated(std::string_view name) const {
  const std::uint32_t index = Find(name, Hash(name));
  return index != kNoIndex && channels_[index].created;
}

bool ChannelDirectory::HasEnded(std::string_view name) const { return ended_.Has(name, now_tick_); }

void ChannelDirectory::Uncreate(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (!channel.created) return;
  channel.created = false;
  unused_.Cancel(index);
  creations_.erase(index);
}

bool ChannelDirectory::Delete(std::string_view name) {
  const std::uint32_t index = Find(name, Hash(name));
  const bool there = index != kNoIndex && channels_[index].standing == ChannelStanding::kLive;
  if (there || StandingOf(name) != ChannelStanding::kUnknown) ended_.Remember(name, now_tick_);
  if (!there) return false;
  NoteEnd(EndReason::kDeleted);
  Uncreate(index);
  ForgetAll(index);
  channels_[index].standing = StandingOf(name);
  // What the shards must know first is where the log ends.
  MarkDirty(index);
  CollectChanges();
  // The channel may be gone by now, if no shard has it.
  if (channels_.in_use(index) && channels_[index].only.shard != kNobody) {
    ForEachInterest(channels_[index], [&](const Interest& interest) {
      ToShard end;
      end.kind = ToShard::Kind::kEnd;
      end.channel = interest.theirs;
      Push(interest.shard, end);
    });
  }
  return true;
}

// When it may have been unused for its time: looked at when that has passed, not when it is used.
void ChannelDirectory::ScheduleUnused(std::uint32_t index) {
  if (!channels_[index].created) return;
  const std::uint32_t ticks = TermsOf(index).unused_ticks;
  if (ticks == 0) return unused_.Cancel(index);
  unused_.Schedule(index, creations_.find(index)->second.last_use + ticks);
}

void ChannelDirectory::EndUnused(std::uint32_t index) {
  // A shard that still has it may have subscribers that are not counted yet.
  if (channels_[index].only.shard != kNobody) NoteUse(index, now_tick_);
  const std::uint32_t ticks = TermsOf(index).unused_ticks;
  const std::uint32_t last_use = creations_.find(index)->second.last_use;
  if (ticks == 0 || now_tick_ - last_use < ticks) return ScheduleUnused(index);
  NoteEnd(EndReason::kUnused);
  Uncreate(index);
  ForgetAll(index);
  MarkDirty(index);  // and when that has been told, it is dropped
}

}  // namespace ringcast
