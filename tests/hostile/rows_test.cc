// rows.md tells the truth: each row stands there once, names tests that exist or what it waits for,
// and no test bears the number of a row that does not name it.
#include <fnmatch.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "integration/must.h"
#include "support/process.h"

namespace ringcast::test {
namespace {

constexpr int kRows = 121;

struct Row {
  std::vector<std::string> tests;  // patterns
  std::string still_to_come;
};

std::vector<std::string> Split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, separator);) parts.push_back(part);
  return parts;
}

std::multimap<int, Row> ReadRows() {
  std::multimap<int, Row> rows;
  std::ifstream file(HOSTILE_ROWS);
  for (std::string line; std::getline(file, line);) {
    const std::vector<std::string> cells = Split(line, '|');
    if (cells.size() != 5 || cells[1].find_first_of("0123456789") == std::string::npos) continue;
    Row row;
    const std::vector<std::string> quoted = Split(cells[4], '`');
    for (std::size_t i = 1; i < quoted.size(); i += 2) row.tests.push_back(quoted[i]);
    constexpr std::string_view kMark = " still to come: ";
    if (cells[4].starts_with(kMark)) row.still_to_come = cells[4].substr(kMark.size());
    rows.emplace(std::stoi(cells[1]), row);
  }
  return rows;
}

// All tests of a program, as it lists them itself: "Suite." and, indented, the names.
void AddTests(const std::string& program, std::vector<std::string>& tests) {
  ProcessOptions options;
  options.argv = {program, "--gtest_list_tests"};
  const auto process = Must(Process::Start(options));
  ASSERT_EQ(Must(process->Wait(std::chrono::seconds(30))), ExitStatus{.code = 0}) << program;
  std::string suite;
  for (const std::string& line : Split(process->stdout_text(), '\n')) {
    const std::string name = line.substr(0, line.find("  #"));
    if (name.starts_with("  ")) {
      tests.push_back(suite + name.substr(2));
    } else if (name.ends_with('.')) {
      suite = name;
    }
  }
}

bool Matches(const std::string& pattern, const std::string& test) {
  return ::fnmatch(pattern.c_str(), test.c_str(), 0) == 0;
}

class RowsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& program : Split(HOSTILE_PROGRAMS, ':')) AddTests(program, tests_);
    ASSERT_GT(tests_.size(), 1000u) << "the programs do not list their tests";
  }

  std::multimap<int, Row> rows_ = ReadRows();
  std::vector<std::string> tests_;
};

TEST_F(RowsTest, EachRowStandsThereOnceWithItsTests) {
  for (int number = 1; number <= kRows; ++number) {
    EXPECT_EQ(rows_.count(number), 1u) << "row " << number;
  }
  EXPECT_EQ(rows_.size(), static_cast<std::size_t>(kRows));
  for (const auto& [number, row] : rows_) {
    EXPECT_NE(row.tests.empty(), row.still_to_come.empty())
        << "row " << number << " has neither tests nor what it waits for, or both";
  }
}

TEST_F(RowsTest, EachTestThatIsNamedExists) {
  for (const auto& [number, row] : rows_) {
    for (const std::string& pattern : row.tests) {
      bool found = false;
      for (const std::string& test : tests_) found = found || Matches(pattern, test);
      EXPECT_TRUE(found) << "row " << number << " names " << pattern << ", which is no test";
    }
  }
}

TEST_F(RowsTest, EachTestWithARowsNumberIsNamedThere) {
  for (const std::string& test : tests_) {
    const std::size_t at = test.find("Row");
    // "Row040_": the others are of unit tests, which have no place in the table of their own.
    if (at == std::string::npos || test.size() < at + 7 || test[at + 6] != '_') continue;
    const int number = std::atoi(test.substr(at + 3, 3).c_str());
    if (number == 0) continue;
    bool named = false;
    const auto [first, last] = rows_.equal_range(number);
    for (auto row = first; row != last; ++row) {
      for (const std::string& pattern : row->second.tests) {
        named = named || Matches(pattern, test);
      }
    }
    EXPECT_TRUE(named) << test << " is not named by row " << number;
  }
}

}  // namespace
}  // namespace ringcast::test
