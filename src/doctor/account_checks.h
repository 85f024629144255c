// The users and groups that may publish, by name or number, as the machine knows them.
//
// Threads: one at a time; asks the machine's user database.
#pragma once

#include <cstdint>
#include <vector>

#include "config/options.h"
#include "doctor/finding.h"

namespace ringcast {

struct PublishAccounts {
  std::vector<std::uint32_t> users;
  std::vector<std::uint32_t> groups;
  std::vector<Finding> missing;  // an error for each name that the machine does not know
};
PublishAccounts ResolveAccounts(const ServeOptions& options);

std::vector<Finding> CheckAccounts(const ServeOptions& options);

}  // namespace ringcast
