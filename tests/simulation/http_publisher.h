// A publisher that speaks HTTP: single events, NDJSON, and what else there is on that socket.
//
// Threads: one.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "simulation/publisher.h"

namespace ringcast::simulation {

class HttpPublisher : public Publisher {
 public:
  using Publisher::Publisher;

 protected:
  void Greet() override {}
  void Request() override;
  void Rubbish() override;
  bool Idle() const override { return unanswered_.empty() && outgoing_.empty(); }
  void TakeAnswers(std::string& bytes) override;
  void OnEnd() override;

 private:
  struct Unanswered {
    std::vector<EventKey> keys;   // that it publishes, a line of the answer each
    bool may_be_missing = false;  // 404 is an answer, too
    bool creates = false;         // 201 is one
    bool deletes = false;
  };
  void Post(const std::string& target, const std::string& body);
  void TakeAnswer(int status, std::string_view body);

  std::deque<Unanswered> unanswered_;
};

}  // namespace ringcast::simulation
