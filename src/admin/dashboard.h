// The page at / of the admin listener: src/admin/dashboard.html, which the build puts into the
// program.
//
// Threads: any; pure.
// Invariants: the page names nothing outside itself but the stream of figures, and its policy lets
// it load nothing else.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/html_page.h"

namespace ringcast {

// `nonce`: 64 random bits, fresh for each answer: only a script that bears it runs.
HtmlPage MakeDashboard(std::uint64_t nonce);

// The file as it is; made by the build.
extern const std::string_view kDashboardHtml;

}  // namespace ringcast
