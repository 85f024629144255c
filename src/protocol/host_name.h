// What the name in Host tells about who asked. A page of some site can make its own name point to
// an address of this machine (DNS rebinding), and the browser then takes what is answered for the
// site's own; but its requests carry that name in Host.
//
// Threads: any; a pure function.
#pragma once

#include <string_view>

namespace ringcast {

// Whether no site can have `host` (RFC 9110 7.2; empty in HTTP/1.0) for its name: an IP literal,
// localhost, or a name below it, with or without a port.
bool IsNobodysName(std::string_view host);

}  // namespace ringcast
