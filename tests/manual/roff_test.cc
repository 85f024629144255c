#include "manual/roff.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

namespace ringcast {
namespace {

TEST(Roff, DashesAndBackslashesStayLettersOfTheText) {
  EXPECT_EQ(roff::Escape("--retry a\\b"), "\\-\\-retry a\\eb");
}

TEST(Roff, ALineNeverBeginsWithACommand) {
  EXPECT_EQ(roff::Text(".hidden"), "\\&.hidden\n");
  EXPECT_EQ(roff::Text("'quoted'"), "\\&'quoted'\n");
  // However the line breaks fall.
  std::string words;
  for (int i = 0; i < 60; ++i) words += ".word ";
  std::istringstream lines(roff::Text(words));
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_EQ(line.substr(0, 3), "\\&.");
    EXPECT_LE(line.size(), 80u);
  }
  EXPECT_GT(count, 3);
}

TEST(Roff, TextKeepsAWordThatIsLongerThanALine) {
  const std::string word(100, 'x');
  EXPECT_EQ(roff::Text("a " + word + " b"), "a\n" + word + "\nb\n");
}

TEST(Roff, VerbatimKeepsLinesAndSpaces) {
  EXPECT_EQ(roff::Verbatim("a  b\n\n.c"), ".PP\n.nf\na  b\n.sp\n\\&.c\n.fi\n");
}

TEST(Roff, AnArgumentIsOneWhateverIsInIt) {
  EXPECT_EQ(roff::Argument("say \"a b\""), "\"say \"\"a b\"\"\"");
}

}  // namespace
}  // namespace ringcast
