// Which names the admin listener answers to. A page of some site could make its own name point to
// this listener (DNS rebinding) and would then be allowed to read what is answered; its requests
// carry that name in Host.
//
// Threads: any; a pure function.
#pragma once

#include <string_view>

#include "config/listen_address.h"

namespace ringcast {

// Whether a request with this Host (RFC 9110 7.2; empty in HTTP/1.0) is answered. A listener on a
// loopback address answers to IP literals, localhost and names below it; any other to all, since
// then a name may well be its own, and a UNIX socket cannot be reached by a page.
bool AnswersTo(const ListenAddress& listener, std::string_view host);

}  // namespace ringcast
