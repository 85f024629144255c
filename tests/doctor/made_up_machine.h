// A machine made of files below a directory of its own, as the checks read them.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "doctor/machine.h"
#include "support/temp_dir.h"

namespace ringcast::test {

class MadeUpMachine {
 public:
  MadeUpMachine() : machine_(directory_.path()) {}

  // `path` begins with a slash, as on the machine.
  void Write(const std::string& path, std::string_view text) {
    const std::filesystem::path file = directory_.path() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void Link(const std::string& path, const std::string& target) {
    const std::filesystem::path link = directory_.path() + path;
    std::filesystem::create_directories(link.parent_path());
    std::filesystem::create_symlink(target, link);
  }
  // /proc/self/limits with these rows.
  void WriteLimits(const std::string& files, const std::string& locked) {
    Write("/proc/self/limits",
          "Limit                     Soft Limit           Hard Limit           Units     \n"
          "Max open files            " +
              files +
              " files     \n"
              "Max locked memory         " +
              locked + " bytes     \n");
  }

  const Machine& get() const { return machine_; }
  operator const Machine&() const { return machine_; }  // NOLINT: it stands for it

 private:
  TempDir directory_;
  Machine machine_;
};

}  // namespace ringcast::test
