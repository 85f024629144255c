#include "support/temp_dir.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace ringcast::test {
namespace {

TEST(TempDir, IsRemovedWithAllItHolds) {
  std::string path;
  {
    const TempDir first;
    const TempDir second;
    EXPECT_NE(first.path(), second.path());
    path = first.path();
    std::filesystem::create_directory(first.File("inner"));
    const std::string file = first.Write("inner/file", "text");
    EXPECT_EQ(std::filesystem::file_size(file), 4u);
    first.Write("inner/file", "t");
    EXPECT_EQ(std::filesystem::file_size(file), 1u) << "written anew, not appended to";
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace ringcast::test
