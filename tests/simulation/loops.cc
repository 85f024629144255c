// The event loops over the simulated ring: their definitions once more, for another ring.
#include "sequencer/sequencer.cc"
#include "shard/shard.cc"
#include "simulation/simulated_ring.h"

namespace ringcast {

template class Sequencer<simulation::SimulatedRing>;
template class Shard<simulation::SimulatedRing>;

}  // namespace ringcast
