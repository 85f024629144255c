// A configuration file with a text of the test's, which the loader reads.
//
// Threads: the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sysexits.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "config/options_loader.h"

namespace ringcast::test {

class ConfigTextTest : public testing::Test {
 protected:
  ~ConfigTextTest() override { std::remove(path_.c_str()); }

  LoadedOptions Load(const std::string& text) const {
    std::ofstream(path_) << text;
    OptionSources sources;
    sources.config_file = path_;
    return LoadServeOptions(sources);
  }

  // Every mistake, a line each, the file's name cut to "f".
  std::string ErrorsOf(const std::string& text) const {
    const LoadedOptions loaded = Load(text);
    EXPECT_TRUE(loaded.ok() || loaded.ExitCode() == EX_CONFIG);
    std::string errors = loaded.ErrorText();
    for (std::size_t at = errors.find(path_); at != std::string::npos; at = errors.find(path_)) {
      errors.replace(at, path_.size(), "f");
    }
    return errors;
  }

 private:
  // Tests run side by side.
  static std::string NameOfTest() {
    const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
    return std::string(test->test_suite_name()) + "." + test->name();
  }

  const std::string path_ = testing::TempDir() + "ringcast_" + NameOfTest() + ".toml";
};

}  // namespace ringcast::test
