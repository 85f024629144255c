#include "base/version.h"

namespace ringcast {

std::string_view Version() { return RINGCAST_VERSION; }

}  // namespace ringcast
