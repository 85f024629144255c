#include "access/key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "integration/must.h"
#include "support/temp_dir.h"

namespace ringcast {
namespace {

using test::Must;
using test::TempDir;

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(KeyFile, ANameStandsBeforeTheFirstColon) {
  EXPECT_EQ(Must(ParseKeySource("/etc/key.pem")).path, "/etc/key.pem");
  EXPECT_EQ(Must(ParseKeySource("/etc/key.pem")).kid, "");
  EXPECT_EQ(Must(ParseKeySource("main:/etc/key.pem")).kid, "main");
  EXPECT_EQ(Must(ParseKeySource("main:/etc/key.pem")).path, "/etc/key.pem");
  EXPECT_EQ(Must(ParseKeySource("2026-11:keys/a:b")).path, "keys/a:b");
  // A colon within the path.
  EXPECT_EQ(Must(ParseKeySource("./a:b")).path, "./a:b");
  EXPECT_EQ(Must(ParseKeySource("./a:b")).kid, "");
  for (const char* text : {"", ":/etc/key.pem", "main:"}) {
    EXPECT_FALSE(ParseKeySource(text).ok()) << text;
  }
}

class KeyFileOf : public ::testing::Test {
 protected:
  // A file of this mode with the private key, or the public one.
  std::string Write(const std::string& name, const std::string& text, mode_t mode) {
    const std::string path = directory_.Write(name, text);
    EXPECT_EQ(::chmod(path.c_str(), mode), 0);
    return path;
  }
  TempDir directory_;
  const TokenKey key_ = Must(TokenKey::Generate(TokenAlgorithm::kEs256));
};

TEST_F(KeyFileOf, APublicKeyMayBeReadByAll) {
  const std::string path = Write("key", Must(key_.PublicText()), 0644);
  const LoadedKeys loaded = Must(LoadKeys({.kid = "main", .path = path}, KeyUse::kVerify));
  ASSERT_EQ(loaded.keys.size(), 1u);
  EXPECT_EQ(loaded.keys[0].kid(), "main");
  EXPECT_TRUE(loaded.warnings.empty());
}

TEST_F(KeyFileOf, APrivateKeyIsCutToItsPublicHalfWithAWarning) {
  const std::string path = Write("key", Must(key_.PrivateText()), 0600);
  const LoadedKeys loaded = Must(LoadKeys({.kid = {}, .path = path}, KeyUse::kVerify));
  EXPECT_FALSE(loaded.keys[0].can_sign());
  EXPECT_TRUE(loaded.keys[0].Verify("text", Must(key_.Sign("text"))));
  ASSERT_EQ(loaded.warnings.size(), 1u);
  EXPECT_EQ(loaded.warnings[0].find(path + ": it is a private key"), 0u) << loaded.warnings[0];
}

TEST_F(KeyFileOf, ASecretThatAllMayReadIsWarnedOf) {
  const std::string path = Write("key", std::string(32, 's'), 0644);
  const LoadedKeys loaded = Must(LoadKeys({.kid = {}, .path = path}, KeyUse::kVerify));
  ASSERT_EQ(loaded.warnings.size(), 1u);
  EXPECT_TRUE(Contains(loaded.warnings[0], "everybody may read it")) << loaded.warnings[0];
  EXPECT_EQ(::chmod(path.c_str(), 0640), 0);
  EXPECT_TRUE(Must(LoadKeys({.kid = {}, .path = path}, KeyUse::kVerify)).warnings.empty());
}

TEST_F(KeyFileOf, OnlyOneThatCanSignSigns) {
  const std::string secret = Write("secret", Must(key_.PrivateText()), 0600);
  const std::string open = Write("open", Must(key_.PublicText()), 0600);
  EXPECT_TRUE(Must(LoadKeys({.kid = {}, .path = secret}, KeyUse::kSign)).keys[0].can_sign());
  EXPECT_TRUE(Contains(LoadKeys({.kid = {}, .path = open}, KeyUse::kSign).error().message,
                       open + ": it cannot sign"));
}

TEST_F(KeyFileOf, WhatCannotBeReadIsNamed) {
  const std::string absent = directory_.File("absent");
  EXPECT_EQ(LoadKeys({.kid = {}, .path = absent}, KeyUse::kVerify).error().message,
            absent + ": cannot read the key: No such file or directory");
  EXPECT_TRUE(
      Contains(LoadKeys({.kid = {}, .path = directory_.path()}, KeyUse::kVerify).error().message,
               "Is a directory"));
  const std::string huge = Write("huge", std::string(kMaxKeyFileBytes + 1, 'x'), 0600);
  EXPECT_TRUE(Contains(LoadKeys({.kid = {}, .path = huge}, KeyUse::kVerify).error().message,
                       "larger than 256KiB"));
  const std::string wrong = Write("wrong", "short", 0600);
  EXPECT_TRUE(Contains(LoadKeys({.kid = {}, .path = wrong}, KeyUse::kVerify).error().message,
                       wrong + ": a secret of 5 bytes is too short"));
}

TEST_F(KeyFileOf, ASetTakesNoNameFromOutside) {
  const std::string path = Write(
      "set", R"({"keys":[{"kty":"oct","kid":"a","k":")" + std::string(43, 'A') + R"("}]})", 0600);
  EXPECT_EQ(Must(LoadKeys({.kid = {}, .path = path}, KeyUse::kVerify)).keys[0].kid(), "a");
  EXPECT_TRUE(Contains(LoadKeys({.kid = "b", .path = path}, KeyUse::kVerify).error().message,
                       "names its keys itself"));
}

}  // namespace
}  // namespace ringcast
