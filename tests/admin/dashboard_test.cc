#include "admin/dashboard.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(Dashboard, ScriptAndStyleBearTheNonceOfThePolicy) {
  const HtmlPage page = MakeDashboard(0xabc123);
  EXPECT_NE(page.html.find("<script nonce=\"abc123\">"), std::string::npos);
  EXPECT_NE(page.html.find("<style nonce=\"abc123\">"), std::string::npos);
  EXPECT_EQ(page.html.find("{{"), std::string::npos);
  EXPECT_NE(page.policy.find("script-src 'nonce-abc123';"), std::string::npos);
  EXPECT_NE(page.policy.find("default-src 'none'"), std::string::npos);
}

TEST(Dashboard, NamesNothingOutsideItself) {
  const std::string html = MakeDashboard(1).html;
  for (const char* outside : {"src=", "@import", "url(", "https://"}) {
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  }
  EXPECT_LT(html.size(), 32u * 1024);
}

}  // namespace
}  // namespace ringcast
