// The descriptions of [[redis]] and of the tables inside it (config_table.h), and what no single
// value of theirs tells.
//
// Threads: constants and a pure function, but for password files, which are read.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/config_table.h"
#include "config/options.h"

namespace ringcast {

extern const TableSpec kRedisPubsubTable;
extern const TableSpec kRedisStreamTable;
extern const TableSpec kRedisBullmqTable;

// The check of kRedisTable.
void CheckRedis(const ServeOptions& options, std::span<const ConfigRow> rows,
                std::vector<std::string>& errors);

}  // namespace ringcast
