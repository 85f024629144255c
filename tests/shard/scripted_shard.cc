// The shard's loop over the scripted ring: its definitions once more, for another ring.
#include "shard/scripted_ring.h"
#include "shard/shard.cc"

namespace ringcast {

template class Shard<test::ScriptedRing>;

}  // namespace ringcast
