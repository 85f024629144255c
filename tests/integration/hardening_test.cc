// How the daemon's program was built, as its file says: what makes a memory error harder to use.
// Only of a build that is hardened; sanitizers take the place of it in theirs.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "support/process.h"
#include "support/server.h"

namespace ringcast {
namespace {

using test::Process;

std::string Readelf(const std::string& what) {
  test::ProcessOptions options;
  options.argv = {"readelf", "--wide", what, test::Server::Binary()};
  auto started = Process::Start(options);
  EXPECT_TRUE(started.ok()) << started.error().message;
  if (!started.ok()) return {};
  EXPECT_TRUE((*started)->Wait(std::chrono::seconds(60)).ok());
  return (*started)->stdout_text();
}

// The line that begins with `word` after blanks, or an empty one.
std::string LineOf(const std::string& text, std::string_view word) {
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string line = text.substr(begin, end - begin);
    const std::size_t first = line.find_first_not_of(' ');
    if (first != std::string::npos && line.compare(first, word.size(), word) == 0) return line;
    begin = end + 1;
  }
  return {};
}

TEST(Hardening, IsLoadedAnywhereAndBoundAtOnce) {
  EXPECT_NE(Readelf("--file-header").find("DYN"), std::string::npos) << "position independent";
  const std::string dynamic = Readelf("--dynamic");
  EXPECT_NE(dynamic.find("BIND_NOW"), std::string::npos) << "full RELRO needs it";
  EXPECT_EQ(dynamic.find("TEXTREL"), std::string::npos);
}

TEST(Hardening, MemoryIsEitherWrittenOrExecuted) {
  const std::string segments = Readelf("--program-headers");
  EXPECT_FALSE(LineOf(segments, "GNU_RELRO").empty());
  const std::string stack = LineOf(segments, "GNU_STACK");
  ASSERT_FALSE(stack.empty());
  EXPECT_EQ(stack.find('E'), std::string::npos) << stack;
  EXPECT_EQ(segments.find("RWE"), std::string::npos);
}

TEST(Hardening, TheStackIsGuardedAndLibraryCallsAreChecked) {
  const std::string symbols = Readelf("--dyn-syms");
  EXPECT_NE(symbols.find("__stack_chk_fail"), std::string::npos);
  EXPECT_NE(symbols.find("_chk@GLIBC"), std::string::npos) << "fortified functions";
}

TEST(Hardening, ItsOwnNamesAreHidden) {
  // Weak symbols are the C++ library's templates; what is ours is called ringcast.
  EXPECT_EQ(Readelf("--dyn-syms").find("8ringcast"), std::string::npos);
}

#if defined(__x86_64__)
TEST(Hardening, IndirectJumpsLandOnlyWhereTheyMay) {
  test::ProcessOptions options;
  options.argv = {"objdump", "--disassemble", "--no-show-raw-insn", "--section=.text",
                  test::Server::Binary()};
  auto started = Process::Start(options);
  ASSERT_TRUE(started.ok()) << started.error().message;
  ASSERT_TRUE((*started)->Wait(std::chrono::seconds(60)).ok());
  const std::string code = (*started)->stdout_text();
  std::size_t marks = 0;
  for (std::size_t at = 0; (at = code.find("endbr64", at)) != std::string::npos; ++at) ++marks;
  EXPECT_GT(marks, 1000u) << "functions begin with a landing mark";
}
#endif

}  // namespace
}  // namespace ringcast
