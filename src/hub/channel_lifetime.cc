// How channels come and go: by whose terms they live, which are created, which have ended.
#include <utility>

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
  return channel.rules_round == rules_round_ ? channel.rule : rules_.Match(channel.name->view());
}

ChannelTerms ChannelDirectory::TermsOf(const Channel& channel) const {
  const ChannelTerms& terms = terms_[RuleOf(channel)];
  return channel.creation == kNoIndex ? terms : Changed(terms, creations_[channel.creation].own);
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
  if (channel.creation == kNoIndex) {
    channel.creation = creations_.Allocate();
    creations_[channel.creation].channel = index;
    ++creations_made_;
  }
  NoteUse(channel, now_tick_);
  if (change != nullptr) creations_[channel.creation].own = *change;
  FollowTerms(index, now_tick_);
  return !there;
}

bool ChannelDirectory::IsCreated(std::string_view name) const {
  const std::uint32_t index = Find(name, Hash(name));
  return index != kNoIndex && channels_[index].creation != kNoIndex;
}

bool ChannelDirectory::HasEnded(std::string_view name) const { return ended_.Has(name, now_tick_); }

void ChannelDirectory::Uncreate(std::uint32_t index) {
  Channel& channel = channels_[index];
  if (channel.creation == kNoIndex) return;
  unused_.Cancel(channel.creation);
  creations_.Free(std::exchange(channel.creation, kNoIndex));
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
  const Channel& channel = channels_[index];
  if (channel.creation == kNoIndex) return;
  const std::uint32_t ticks = TermsOf(channel).unused_ticks;
  if (ticks == 0) return unused_.Cancel(channel.creation);
  unused_.Schedule(channel.creation, creations_[channel.creation].last_use + ticks);
}

void ChannelDirectory::EndUnused(std::uint32_t creation) {
  const std::uint32_t index = creations_[creation].channel;
  const Channel& channel = channels_[index];
  // A shard that still has it may have subscribers that are not counted yet.
  if (channel.only.shard != kNobody) NoteUse(channel, now_tick_);
  const std::uint32_t ticks = TermsOf(channel).unused_ticks;
  if (ticks == 0 || now_tick_ - creations_[creation].last_use < ticks) return ScheduleUnused(index);
  NoteEnd(EndReason::kUnused);
  Uncreate(index);
  ForgetAll(index);
  MarkDirty(index);  // and when that has been told, it is dropped
}

}  // namespace ringcast
