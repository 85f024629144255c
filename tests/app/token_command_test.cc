#include "app/token_command.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sysexits.h>

#include <string>
#include <vector>

#include "app/token_report.h"
#include "support/temp_dir.h"

namespace ringcast {
namespace {

using test::TempDir;

struct Outcome {
  int code;
  std::string out;
  std::string errors;
};

Outcome RunWith(const TokenOptions& options) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = RunToken(options);
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

mode_t ModeOf(const std::string& path) {
  struct ::stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

class TokenCommand : public ::testing::Test {
 protected:
  // A key of each kind, as the command itself makes it.
  std::string Key(const std::string& algorithm) {
    TokenOptions options;
    options.action = "key";
    options.algorithm = algorithm;
    options.out = directory_.File(algorithm);
    const Outcome made = RunWith(options);
    EXPECT_EQ(made.code, EX_OK) << made.errors;
    return options.out;
  }
  TokenOptions Make(const std::string& key) {
    TokenOptions options;
    options.action = "make";
    options.keys = {key};
    options.subscribe = {"job:1"};
    return options;
  }
  std::string MadeBy(const TokenOptions& options) {
    const Outcome made = RunWith(options);
    EXPECT_EQ(made.code, EX_OK) << made.errors;
    return made.out;
  }
  static Outcome Explain(const std::string& token, const std::vector<std::string>& keys) {
    TokenOptions options;
    options.action = "explain";
    options.token = token;
    options.keys = keys;
    return RunWith(options);
  }
  TempDir directory_;
};

TEST_F(TokenCommand, AKeyIsForItsOwnerAloneAndItsPublicHalfForAll) {
  for (const char* algorithm : {"ES256", "EdDSA", "RS256"}) {
    const std::string file = Key(algorithm);
    EXPECT_EQ(ModeOf(file), 0600u) << algorithm;
    EXPECT_EQ(ModeOf(file + ".pub"), 0644u) << algorithm;
  }
  const std::string secret = Key("HS256");
  EXPECT_EQ(ModeOf(secret), 0600u);
  struct ::stat status {};
  EXPECT_NE(::stat((secret + ".pub").c_str(), &status), 0);
}

TEST_F(TokenCommand, AFileThatIsThereIsNotWrittenOver) {
  const std::string file = Key("ES256");
  TokenOptions options;
  options.action = "key";
  options.out = file;
  const Outcome again = RunWith(options);
  EXPECT_EQ(again.code, EX_CANTCREAT);
  EXPECT_TRUE(Contains(again.errors, file + ": cannot be written: File exists")) << again.errors;
}

TEST_F(TokenCommand, WhatIsMadeIsExplainedAndTaken) {
  for (const char* algorithm : {"ES256", "EdDSA", "RS256", "HS256"}) {
    const std::string file = Key(algorithm);
    TokenOptions options = Make("main:" + file);
    options.subject = "42";
    options.publish = {"job:*"};
    options.claims = {"tenant=acme"};
    options.audience = "you";
    const std::string verifies = std::string(algorithm) == "HS256" ? file : file + ".pub";
    const Outcome told = Explain(MadeBy(options), {"main:" + verifies});
    EXPECT_EQ(told.code, EX_OK) << told.out;
    for (const std::string& line :
         {"  alg         " + std::string(algorithm) + "\n", std::string("  kid         main\n"),
          std::string("  sub         42\n"), std::string("  tenant      acme\n"),
          std::string("  aud         you\n"), std::string("  subscribe   job:1\n"),
          std::string("  publish     job:*\n"), std::string("It would be taken\n")}) {
      EXPECT_TRUE(Contains(told.out, line)) << line << told.out;
    }
  }
}

TEST_F(TokenCommand, WhatWouldBeRefusedIsSaidWithTheReason) {
  const std::string file = Key("ES256");
  const std::string token = MadeBy(Make(file));
  const std::string other = Key("EdDSA");
  Outcome told = Explain(token, {other + ".pub"});
  EXPECT_EQ(told.code, EX_DATAERR);
  EXPECT_TRUE(Contains(told.out, "It would be refused: its alg is that of no key here"))
      << told.out;
  told = Explain("x" + token, {file + ".pub"});
  EXPECT_EQ(told.code, EX_DATAERR);
  TokenOptions options;
  options.action = "explain";
  options.token = token;
  options.keys = {file + ".pub"};
  options.audience = "you";
  told = RunWith(options);
  EXPECT_EQ(told.code, EX_DATAERR);
  EXPECT_TRUE(Contains(told.out, "its aud does not name --jwt-audience")) << told.out;
  // Without a key the rest can still be said.
  told = Explain(token, {});
  EXPECT_EQ(told.code, EX_OK);
  EXPECT_TRUE(Contains(told.out, "if its signature is by a key of the daemon")) << told.out;
  EXPECT_EQ(Explain("nonsense", {}).code, EX_DATAERR);
}

TEST(TokenReport, TimesAreToldInWords) {
  constexpr std::int64_t kNow = 1'800'000'000;
  // {"alg":"none"} and {"exp":1799996400,"nbf":1800000060}, unsigned.
  const TokenReport report = ExplainToken(
      "eyJhbGciOiJub25lIn0.eyJleHAiOjE3OTk5OTY0MDAsIm5iZiI6MTgwMDAwMDA2MH0.", {}, {}, kNow);
  EXPECT_TRUE(Contains(report.text, "  exp         Fri, 15 Jan 2027 07:00:00 GMT, 1h ago\n"))
      << report.text;
  EXPECT_TRUE(Contains(report.text, "  nbf         Fri, 15 Jan 2027 08:01:00 GMT, in 1m\n"))
      << report.text;
  EXPECT_TRUE(Contains(report.text, "It would be refused: its alg is that of no key here"));
  EXPECT_FALSE(report.taken);
}

TEST_F(TokenCommand, WhatMakesNoSenseIsAUsageError) {
  const std::string file = Key("ES256");
  EXPECT_EQ(RunWith({.action = "sign"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({.action = "make"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({.action = "key"}).code, EX_USAGE);
  EXPECT_EQ(RunWith({.action = "key", .algorithm = "none", .out = directory_.File("x")}).code,
            EX_USAGE);
  for (const auto& change : std::vector<void (*)(TokenOptions&)>{
           [](TokenOptions& o) { o.subscribe = {"a*b"}; },
           [](TokenOptions& o) { o.publish = {"a b"}; }, [](TokenOptions& o) { o.ttl = "10"; },
           [](TokenOptions& o) { o.ttl = "10ms"; }, [](TokenOptions& o) { o.claims = {"tenant"}; },
           [](TokenOptions& o) { o.claims = {"exp=1"}; },
           [](TokenOptions& o) {
             o.claims = {"a=1", "a=2"};
           }}) {
    TokenOptions options = Make(file);
    change(options);
    EXPECT_EQ(RunWith(options).code, EX_USAGE);
  }
  TokenOptions options = Make(file + ".pub");
  EXPECT_EQ(RunWith(options).code, EX_NOINPUT);
  options.keys = {"/nowhere"};
  EXPECT_EQ(RunWith(options).code, EX_NOINPUT);
}

}  // namespace
}  // namespace ringcast
