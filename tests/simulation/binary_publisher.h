// A publisher that speaks the binary protocol, with frames on their way in numbers.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

#include "simulation/publisher.h"

namespace ringcast::simulation {

class BinaryPublisher : public Publisher {
 public:
  using Publisher::Publisher;

 protected:
  void Greet() override;
  void Request() override;
  void Rubbish() override;
  bool Idle() const override { return unanswered_.empty() && outgoing_.empty(); }
  void TakeAnswers(std::string& bytes) override;
  void OnEnd() override;

 private:
  struct Unanswered {
    std::uint64_t request = 0;
    std::optional<EventKey> key;  // none: it must be refused
  };
  void TakeAck(std::uint64_t request, EventId id);
  void TakeNack(std::uint64_t request, std::string_view text);

  std::uint64_t first_request_ = 1;
  std::uint64_t next_request_ = 1;
  bool greeted_ = false;
  std::deque<Unanswered> unanswered_;
};

}  // namespace ringcast::simulation
