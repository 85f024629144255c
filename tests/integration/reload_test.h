// A daemon with a configuration file that tests change and have read again.
//
// Threads: a test's own; one at a time reloads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "integration/daemon_test.h"
#include "support/temp_dir.h"

namespace ringcast::test {

class ReloadTest : public DaemonTest {
 protected:
  // Starts with this file. What a flag says cannot be changed by it.
  void StartWith(const std::string& toml, Arguments arguments = {"--shards", "2"});

  // Writes the file, sends SIGHUP, and waits until it is in force in all threads, or refused; the
  // log's line that says so.
  std::string Reload(const std::string& toml);
  // The same with the file as it is.
  std::string Reload();

  std::string file() const { return directory_.File("ringcast.toml"); }
  std::string Metric(const std::string& name_and_labels);
  std::string OptionInForce(std::string_view name) { return Stats()["options"][name].Text(); }

 private:
  // Lines of the log that tell how a reload ended.
  std::vector<std::string> Outcomes();

  TempDir directory_;
};

}  // namespace ringcast::test
