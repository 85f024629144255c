// The figures of the daemon as one JSON object, for people and dashboards.
//
// Threads: any.
#pragma once

#include <string>

#include "app/server.h"

namespace ringcast {

// `report`: what only the sequencer knows (see ReportBox).
std::string StatsJson(const Server::View& view, const ReportBox::Report& report);

}  // namespace ringcast
