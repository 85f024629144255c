// A bell that any thread rings and one thread waits for beside other descriptors: an eventfd. For a
// thread that does not sleep in a ring of its own, since a library waits for it.
//
// Threads: Ring() any; the rest on the thread that waits.
// Invariants: a ring is never lost: the descriptor stays readable until Silence().
#pragma once

#include "uring/file_descriptor.h"

namespace ringcast {

class Bell {
 public:
  // Ends the process when there is no descriptor left for it.
  Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;

  void Ring() const;
  void Silence() const;
  int descriptor() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace ringcast
