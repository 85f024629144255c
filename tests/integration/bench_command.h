// Runs `ringcast bench` as a process and reads the report that it writes.
//
// Threads: the test's own; the process must not outlive it.
#pragma once

#include <rapidjson/document.h>

#include <string>
#include <vector>

namespace ringcast::test {

struct BenchOutcome {
  int exit_code = -1;
  std::string text;          // standard output and standard error
  rapidjson::Document json;  // null: none was written

  // Of a number that must be there.
  double Number(const char* key) const;
  // Of one within an object, such as a percentile.
  double Number(const char* object, const char* key) const;
};

// `arguments` follow `bench`; --json is added.
BenchOutcome RunBenchCommand(const std::vector<std::string>& arguments);

}  // namespace ringcast::test
