#include "doctor/account_checks.h"

#include <gtest/gtest.h>
#include <sysexits.h>

namespace ringcast {
namespace {

TEST(AccountChecks, NamesAndNumbersAreResolved) {
  ServeOptions options;
  EXPECT_EQ(CheckAccounts(options)[0].level, FindingLevel::kOk);
  options.publish_users = {"root", "12345"};
  options.publish_groups = {"root"};
  const PublishAccounts accounts = ResolveAccounts(options);
  EXPECT_EQ(accounts.users, (std::vector<std::uint32_t>{0, 12345}));
  EXPECT_EQ(accounts.groups, (std::vector<std::uint32_t>{0}));
  EXPECT_TRUE(accounts.missing.empty());
}

TEST(AccountChecks, EveryUnknownNameIsTold) {
  ServeOptions options;
  options.publish_users = {"no-such-user-here", "root"};
  options.publish_groups = {"no-such-group-here", "4294967296"};
  const std::vector<Finding> findings = CheckAccounts(options);
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].check, "publish-users");
  EXPECT_NE(findings[0].what.find("no-such-user-here"), std::string::npos);
  EXPECT_NE(findings[1].fix.find("groupadd --system no-such-group-here"), std::string::npos);
  EXPECT_NE(findings[2].what.find("4294967296"), std::string::npos) << "no id has so many bits";
  for (const Finding& finding : findings) EXPECT_EQ(finding.exit_code, EX_CONFIG);
}

}  // namespace
}  // namespace ringcast
