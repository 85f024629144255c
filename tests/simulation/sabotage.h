// Deliberate mistakes of the simulated kernel or of the server, by which tests show that an oracle
// finds such a thing: no real kernel does them, and no run of a seed has one.
//
// Threads: one.
#pragma once

#include <cstdint>

namespace ringcast::simulation {

enum class Mistake : std::uint8_t {
  kNone,
  kSwallowShortSend,   // a send that took a part says nothing, as one that took all
  kSwallowEndOfPoll,   // a poll never tells that the peer has gone
  kSwallowClose,       // a close never completes
  kDuplicateReadable,  // a poll completes twice
  kSkipBytes,          // a send that took a part leaves out some bytes of it
  kRepeatSend,         // a send goes out twice
  kInsertHeartbeat,    // a heartbeat goes out within an event
  kKeepBuffer,         // a provided buffer is not given back
  kStaleAddress,       // an accept leaves the address of the one before
  kKeepPassedOn,       // a connection that was passed on is told to have stayed
  kNeverWait,          // waits end at once, from here on
  kNoBufferEver,       // there is no provided buffer, from here on
  // Of the server, made where the simulation meets it.
  kCountNobody,  // an address is counted once more than it has connections
};

struct Sabotage {
  Mistake mistake = Mistake::kNone;
  std::uint32_t after = 0;  // opportunities that pass before it is made, once
};

class Saboteur {
 public:
  explicit Saboteur(Sabotage sabotage) : sabotage_(sabotage) {}

  // Whether the mistake is made now.
  bool Makes(Mistake mistake) {
    if (mistake != sabotage_.mistake || made_) return false;
    if (sabotage_.after > 0) {
      --sabotage_.after;
      return false;
    }
    made_ = true;
    return true;
  }
  // The same for a mistake that is made again and again from then on.
  bool KeepsMaking(Mistake mistake) {
    return Makes(mistake) || (made_ && mistake == sabotage_.mistake);
  }
  bool made() const { return made_; }

 private:
  Sabotage sabotage_;
  bool made_ = false;
};

}  // namespace ringcast::simulation
