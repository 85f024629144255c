#include "demo/demo.h"

#include <gtest/gtest.h>

namespace ringcast {
namespace {

TEST(Demo, ThePageBearsTheNonceOfItsPolicyAndThePublishSocket) {
  const HtmlPage page = Demo("/run/a\"<b>&'c.sock").Page(0xabc123);
  EXPECT_NE(page.html.find("<script nonce=\"abc123\">"), std::string::npos);
  EXPECT_NE(page.html.find("<style nonce=\"abc123\">"), std::string::npos);
  EXPECT_NE(page.html.find("data-socket=\"/run/a&quot;&lt;b&gt;&amp;&#39;c.sock\""),
            std::string::npos);
  EXPECT_EQ(page.html.find("{{"), std::string::npos);
  EXPECT_NE(page.policy.find("script-src 'nonce-abc123';"), std::string::npos);
}

TEST(Demo, ThePageNamesNothingOutsideItself) {
  const std::string html = Demo("/x").Page(1).html;
  for (const char* outside : {"src=", "@import", "url(", "https://", "innerHTML"}) {
    EXPECT_EQ(html.find(outside), std::string::npos) << outside;
  }
  EXPECT_LT(html.size(), 32u * 1024);
}

}  // namespace
}  // namespace ringcast
