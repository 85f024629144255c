// The requests to the application that are under way, over kept connections: HTTP/1.1 over TCP, TLS
// or a UNIX socket, without a body, a redirect, or a proxy from the environment. All waiting is in
// Wait(), so that one thread carries them all.
//
// Threads: InitLibrary() once, before any other thread is started; everything else on one thread.
// Invariants: each request that was started is reported finished once; an answer is only reported
// when it came whole, within its time and within kMostAnswerHeadBytes and kMostAnswerBodyBytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/time.h"
#include "gate/decision.h"
#include "gate/question.h"

namespace ringcast {

// How a request to the application has ended.
enum class Asked : std::uint8_t {
  kAnswered,
  kTimeout,      // no whole answer in time
  kUnreachable,  // no connection: refused, no such host, a certificate that is not trusted
  kBroken,       // what came is no sound answer
};

class Subrequests {
 public:
  struct Outcome {
    std::uint64_t number = 0;
    Asked asked = Asked::kBroken;
    ApplicationAnswer answer;  // kAnswered
    std::string error;         // else: what was wrong, for the log
  };

  static void InitLibrary();

  Subrequests();
  ~Subrequests();
  Subrequests(const Subrequests&) = delete;
  Subrequests& operator=(const Subrequests&) = delete;

  // Keeps at most so many idle connections.
  void KeepConnections(unsigned most);
  // `number`: told with its outcome. `at_most`: from now to the last byte of the answer.
  void Start(std::uint64_t number, const Question& question, Millis at_most);
  std::size_t under_way() const;

  // Goes on with all that can, and appends those that have finished.
  void Run(std::vector<Outcome>& finished);
  // Until there is something to go on with, `descriptor` is readable, or the time is over.
  void Wait(int descriptor, Millis at_most);

 private:
  struct Request;
  struct State;  // keeps libcurl out of this header

  std::unique_ptr<State> state_;
};

}  // namespace ringcast
