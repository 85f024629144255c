#include "simulation/ledger.h"

#include <array>
#include <charconv>
#include <iterator>
#include <optional>

namespace ringcast::simulation {
namespace {

bool TakeNumber(std::string_view& text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end == text.data() + text.size() || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

}  // namespace

std::string IdText(EventId id) {
  std::array<char, kMaxEventIdSize> text;
  return {text.data(), FormatEventId(id, text.data())};
}

// Lines break now and then, so that events have several data lines.
std::string EventKey::Text() const {
  std::string text = std::to_string(publisher) + " " + std::to_string(number) + " " +
                     std::to_string(channel) + " " + std::to_string(bytes) + " ";
  text.reserve(text.size() + bytes);
  std::uint64_t state = publisher * 1'000'003 + number * 97 + channel;
  for (std::size_t i = 0; i < bytes; ++i) {
    state = state * 6'364'136'223'846'793'005 + 1'442'695'040'888'963'407;
    const auto drawn = static_cast<unsigned>(state >> 57);  // 7 bits
    text += drawn == 0 ? '\n' : static_cast<char>('!' + drawn % 90);
  }
  return text + '.';  // a line break at the end would be hard to see
}

std::optional<EventKey> EventKey::Read(std::string_view text) {
  std::string_view rest = text;
  std::array<std::uint64_t, 4> numbers;
  for (std::uint64_t& number : numbers) {
    if (!TakeNumber(rest, number)) return std::nullopt;
  }
  const EventKey key{.publisher = static_cast<std::uint32_t>(numbers[0]),
                     .number = numbers[1],
                     .channel = static_cast<std::uint32_t>(numbers[2]),
                     .bytes = numbers[3]};
  if (rest.size() != key.bytes + 1 || key.Text() != text) return std::nullopt;
  return key;
}

void Ledger::Acknowledged(const EventKey& key, EventId id) {
  ++acknowledged_;
  Note(key, id, "acknowledged");
}

void Ledger::Received(const EventKey& key, EventId id) {
  ++received_;
  Note(key, id, "received");
}

void Ledger::Note(const EventKey& key, EventId id, std::string_view how) {
  const std::string event = "event " + std::to_string(key.number) + " of publisher " +
                            std::to_string(key.publisher) + ", " + std::string(how) + " as " +
                            IdText(id);
  const auto [entry, fresh] =
      by_id_.try_emplace(id, Entry{key.publisher, key.number, key.channel, key.bytes});
  const Entry& known = entry->second;
  if (known.publisher != key.publisher || known.number != key.number ||
      known.channel != key.channel || known.bytes != key.bytes) {
    return kernel_.Violation(event + ": the id names event " + std::to_string(known.number) +
                             " of publisher " + std::to_string(known.publisher) + " as well");
  }
  if (!fresh) return;
  auto& ids = by_publisher_[key.publisher];
  const auto [own, first] = ids.try_emplace(key.number, id);
  if (!first) {
    return kernel_.Violation(event + ": it was published before, as " + IdText(own->second));
  }
  if (own != ids.begin() && std::prev(own)->second > id) {
    return kernel_.Violation(event + ": its publisher sent it after " +
                             IdText(std::prev(own)->second));
  }
  if (std::next(own) != ids.end() && std::next(own)->second < id) {
    return kernel_.Violation(event + ": its publisher sent it before " +
                             IdText(std::next(own)->second));
  }
  by_channel_[{key.channel, Part::kAll}].insert(id);
  if (key.ticks()) by_channel_[{key.channel, Part::kTicks}].insert(id);
}

void Ledger::Claim(std::uint32_t channel, EventId from, EventId to, std::uint32_t subscriber,
                   Part part) {
  if (!(from < to)) return;
  const Promise promise{channel, from, to, subscriber, part};
  Check(promise);
  promises_.push_back(promise);
}

EventId Ledger::Newest(std::uint32_t channel, Part part) const {
  const auto found = by_channel_.find({channel, part});
  return found == by_channel_.end() || found->second.empty() ? EventId{} : *found->second.rbegin();
}

void Ledger::CheckClaims() {
  for (const Promise& promise : promises_) Check(promise);
}

void Ledger::Check(const Promise& promise) {
  const std::set<EventId>& ids = by_channel_[{promise.channel, promise.part}];
  const auto missed = ids.upper_bound(promise.from);
  if (missed == ids.end() || *missed >= promise.to) return;
  const Entry& entry = by_id_.at(*missed);
  kernel_.Violation("subscriber " + std::to_string(promise.subscriber) + " was not sent " +
                    IdText(*missed) + " (event " + std::to_string(entry.number) + " of publisher " +
                    std::to_string(entry.publisher) + ") of " + ChannelName(promise.channel) +
                    ", between " + IdText(promise.from) + " and " + IdText(promise.to));
}

}  // namespace ringcast::simulation
