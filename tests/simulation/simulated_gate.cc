#include "simulation/simulated_gate.h"

#include <memory>

namespace ringcast::simulation {

void SimulatedGate::LookLater() {
  kernel_.After(Millis(kernel_.Between(1, 60)), [this] { Look(); });
}

void SimulatedGate::Look() {
  for (std::size_t shard = 0; shard < shards_.size(); ++shard) {
    SpscQueue<ToGate>& questions = shards_[shard].lanes->questions;
    while (const ToGate* entry = questions.Front()) {
      const ToGate copy = *entry;
      questions.Pop();
      questions.Release();
      OnEntry(shard, copy);
    }
  }
  LookLater();
}

void SimulatedGate::OnEntry(std::size_t shard, const ToGate& entry) {
  const std::unique_ptr<const Question> question(entry.question);
  auto& asked = shards_[shard].asked;
  const auto known = asked.find(entry.asker.slot);
  const bool same = known != asked.end() && known->second == entry.asker.generation;
  if (question == nullptr) {
    // It may cross its answer on the way.
    if (same) asked.erase(known);
    return;
  }
  if (same) return kernel_.Violation("a shard asks twice for one request");
  if (question->url.request != "http://localhost/auth" || question->channels.empty()) {
    return kernel_.Violation("a shard asks for nothing, or of nobody");
  }
  asked[entry.asker.slot] = entry.asker.generation;
  // Some come later than any shard waits.
  const std::uint64_t most_ms = calm_ || kernel_.Chance(80) ? 50 : 5'000;
  kernel_.After(Millis(kernel_.Between(0, most_ms)),
                [this, shard, asker = entry.asker] { Answer(shard, asker); });
}

void SimulatedGate::Answer(std::size_t shard, const Asker& asker) {
  auto& asked = shards_[shard].asked;
  const auto known = asked.find(asker.slot);
  if (known != asked.end() && known->second == asker.generation) {
    asked.erase(known);
  } else if (kernel_.Chance(50)) {
    return;  // nobody waits for it
  }
  auto decision = std::make_unique<Decision>();
  const bool decides = calm_ || kernel_.Chance(85);
  decision->verdict = decides              ? Decision::Verdict::kAllowed
                      : kernel_.Chance(50) ? Decision::Verdict::kNone
                                           : Decision::Verdict::kBusy;
  // A full lane loses it here: the shard's own deadline helps.
  if (shards_[shard].lanes->answers.TryPush({.asker = asker, .decision = decision.get()})) {
    decision.release();
  }
}

}  // namespace ringcast::simulation
