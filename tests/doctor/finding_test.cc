#include "doctor/finding.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <vector>

namespace ringcast {
namespace {

const Finding kOk = Finding::Ok("a", "well");
const Finding kNote = Finding::Note("b", "so", "because");
const Finding kWarning = Finding::Warning("c", "short", "because", "do this");
const Finding kTaken = Finding::Error("d", EX_UNAVAILABLE, "taken", "because", "do that");
const Finding kForbidden = Finding::Error("e", EX_OSERR, "forbidden", "because", "allow");

TEST(Finding, TheExitCodeIsTheFirstErrorsElseAWarnings) {
  EXPECT_EQ(ExitCode(std::vector<Finding>{}), 0);
  EXPECT_EQ(ExitCode(std::vector{kOk, kNote}), 0);
  EXPECT_EQ(ExitCode(std::vector{kOk, kWarning, kNote}), 1);
  EXPECT_EQ(ExitCode(std::vector{kWarning, kTaken, kForbidden}), EX_UNAVAILABLE);
  EXPECT_EQ(ExitCode(std::vector{kForbidden, kTaken}), EX_OSERR);
}

TEST(Finding, AreCountedByLevel) {
  const FindingCounts counts = Count(std::vector{kOk, kNote, kWarning, kTaken, kForbidden, kOk});
  EXPECT_EQ(counts.ok, 2u);
  EXPECT_EQ(counts.notes, 1u);
  EXPECT_EQ(counts.warnings, 1u);
  EXPECT_EQ(counts.errors, 2u);
}

TEST(Finding, ASentenceIsWhatAndItsRemedy) {
  EXPECT_EQ(kTaken.Sentence(), "taken; do that");
  EXPECT_EQ(kOk.Sentence(), "well");
}

}  // namespace
}  // namespace ringcast
