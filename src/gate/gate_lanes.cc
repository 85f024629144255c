#include "gate/gate_lanes.h"

namespace ringcast {

GateLanes::~GateLanes() {
  for (; const ToGate* entry = questions.Front(); questions.Pop()) delete entry->question;
  for (; const FromGate* entry = answers.Front(); answers.Pop()) delete entry->decision;
}

}  // namespace ringcast
