// Which cores this process may use, and keeping a thread on one of them.
#pragma once

namespace bare {

unsigned UsableCores();  // at least 1

// Moves the calling thread to the index-th usable core, counted round.
void PinThread(unsigned index);

}  // namespace bare
