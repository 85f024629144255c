// The figures of the daemon as one JSON object, for people and dashboards.
//
// Threads: any.
#pragma once

#include <string>

#include "admin/server_view.h"

namespace ringcast {

// `report`: what only the sequencer knows (see ReportBox).
std::string StatsJson(const ServerView& view, const ReportBox::Report& report);

}  // namespace ringcast
