// The sequencer's loop over the scripted ring: its definitions once more, for another ring.
#include "sequencer/sequencer.cc"
#include "shard/scripted_ring.h"

namespace ringcast {

template class Sequencer<test::ScriptedRing>;

}  // namespace ringcast
