#include "doctor/report.h"

#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <sysexits.h>

#include <sstream>
#include <string>
#include <vector>

namespace ringcast {
namespace {

const std::vector<Finding> kFindings = {
    Finding::Ok("kernel", "Linux 6.18"),
    Finding::Warning("backlog", "128 seen; 4096 needed", "It matters.", "sysctl -w a=4096"),
    Finding::Error("listen", EX_UNAVAILABLE, "taken by \"x\"", "One server.", "stop it"),
};

TEST(Report, TextIsAlignedAndTheSummaryIsLast) {
  EXPECT_EQ(ReportText(kFindings, /*colour=*/false),
            "ok       kernel   Linux 6.18\n"
            "warning  backlog  128 seen; 4096 needed\n"
            "                  It matters.\n"
            "                  -> sysctl -w a=4096\n"
            "error    listen   taken by \"x\"\n"
            "                  One server.\n"
            "                  -> stop it\n"
            "1 ok, 0 notes, 1 warning, 1 error: `ringcast serve` would not start\n");
}

TEST(Report, TheSummarySaysHowItIs) {
  EXPECT_TRUE(ReportText(std::vector{kFindings[0]}, false).ends_with("is fine here\n"));
  EXPECT_NE(ReportText(std::vector{kFindings[1]}, false).find("starts, and will not do all"),
            std::string::npos);
}

TEST(Report, LongTextsAreWrappedAndRemediesAreNot) {
  std::string words, command;
  for (int i = 0; i < 60; ++i) words += (i > 0 ? " word" : "word");
  for (int i = 0; i < 60; ++i) command += "command ";
  const std::string text =
      ReportText(std::vector{Finding::Warning("x", words, words, command)}, false);
  EXPECT_NE(text.find("-> " + command + "\n"), std::string::npos) << text;
  std::istringstream lines(text);
  std::size_t words_seen = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find("-> ") != std::string::npos || line.find("0 ok") == 0) continue;
    EXPECT_LE(line.size(), 100u) << line;
    for (std::size_t at = 0; (at = line.find("word", at)) != std::string::npos; ++at) ++words_seen;
  }
  EXPECT_EQ(words_seen, 120u);
}

TEST(Report, ColourIsOnlyAroundTheLevel) {
  std::string text = ReportText(kFindings, /*colour=*/true);
  EXPECT_NE(text.find("\x1b[33mwarning  \x1b[0mbacklog"), std::string::npos) << text;
  for (std::size_t at = 0; (at = text.find('\x1b')) != std::string::npos;) {
    text.erase(at, text.find('m', at) - at + 1);
  }
  EXPECT_EQ(text, ReportText(kFindings, false));
}

TEST(Report, JsonHoldsAllOfIt) {
  std::vector<Finding> findings = kFindings;
  findings.push_back(Finding::Note("path", "no \xff text", {}));
  const std::string text = ReportJson(findings);
  EXPECT_EQ(text.find('\n'), text.size() - 1);
  rapidjson::Document json;
  ASSERT_FALSE(json.Parse(text.c_str()).HasParseError()) << text;
  const auto& list = json["findings"];
  ASSERT_EQ(list.Size(), 4u);
  EXPECT_STREQ(list[0]["level"].GetString(), "ok");
  EXPECT_FALSE(list[0].HasMember("why"));
  EXPECT_FALSE(list[0].HasMember("fix"));
  EXPECT_STREQ(list[1]["check"].GetString(), "backlog");
  EXPECT_STREQ(list[1]["why"].GetString(), "It matters.");
  EXPECT_STREQ(list[1]["fix"].GetString(), "sysctl -w a=4096");
  EXPECT_STREQ(list[2]["what"].GetString(), "taken by \"x\"");
  EXPECT_STREQ(list[3]["what"].GetString(), "no \\xff text");
  EXPECT_EQ(json["summary"]["ok"].GetUint(), 1u);
  EXPECT_EQ(json["summary"]["notes"].GetUint(), 1u);
  EXPECT_EQ(json["summary"]["warnings"].GetUint(), 1u);
  EXPECT_EQ(json["summary"]["errors"].GetUint(), 1u);
  EXPECT_EQ(json["summary"]["exit_code"].GetInt(), EX_UNAVAILABLE);
}

}  // namespace
}  // namespace ringcast
