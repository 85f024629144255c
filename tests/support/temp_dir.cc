#include "support/temp_dir.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "base/check.h"

namespace ringcast::test {

TempDir::TempDir() {
  const char* parent = std::getenv("TMPDIR");
  std::string path = (parent != nullptr && *parent != '\0') ? parent : "/tmp";
  path += "/ringcast-XXXXXX";
  RC_CHECK(::mkdtemp(path.data()) != nullptr, "a test needs a directory to work in");
  path_ = path;
}

TempDir::~TempDir() {
  std::error_code ignored;  // a directory left behind harms nobody
  std::filesystem::remove_all(path_, ignored);
}

std::string TempDir::File(std::string_view name) const { return path_ + "/" + std::string(name); }

std::string TempDir::Write(std::string_view name, std::string_view text) const {
  const std::string path = File(name);
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(text.data(), static_cast<std::streamsize>(text.size()));
  file.close();
  RC_CHECK(file.good(), "a test's file could not be written");
  return path;
}

}  // namespace ringcast::test
