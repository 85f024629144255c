// Judges what one subscriber has received of a NumberFlood, over all its connections: every number
// once and in order, and nothing missing that a gap has not told of.
//
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "support/sse_decoder.h"

namespace ringcast::test {

class SequenceCheck {
 public:
  // `channels`: those of the flood, all of which the subscriber follows from number 0 on.
  explicit SequenceCheck(std::vector<std::string> channels);

  // An event as it came; those that are not the flood's are looked at for what they tell.
  void Take(const SseEvent& event);

  // Where the subscriber would resume: the id of the last event with one.
  const std::string& last_id() const { return last_id_; }
  // All numbers below this one have come or been told missing.
  std::uint64_t next() const { return next_; }
  std::uint64_t received() const { return received_; }
  std::uint64_t missing() const { return missing_.size(); }
  std::uint64_t gaps() const { return gaps_.size(); }
  const std::vector<std::string>& gap_reasons() const { return gap_reasons_; }

  // The first thing that was wrong, or empty.
  const std::string& fault() const { return fault_; }
  // Once the ids are known: every event bore its own, and each missing number lies within a gap of
  // its channel. Empty, or what is wrong.
  std::string Verify(const std::vector<std::string>& ids) const;

 private:
  struct Gap {
    std::string channel;
    std::string from;  // empty: not told
    std::string to;
  };
  void TakeNumber(const SseEvent& event);
  void Fault(std::string text);

  std::vector<std::string> channels_;
  std::vector<std::uint64_t> expected_;  // of each channel
  std::vector<bool> gap_told_;           // of each channel, since its last event
  std::uint64_t next_ = 0;
  std::uint64_t received_ = 0;
  std::string last_id_;
  std::vector<std::uint64_t> missing_;
  std::vector<Gap> gaps_;
  std::vector<std::string> gap_reasons_;
  std::vector<std::pair<std::uint64_t, std::string>> ids_;
  std::string fault_;
};

}  // namespace ringcast::test
