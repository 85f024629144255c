#include "client/json_text.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

std::string Json(std::string_view text) {
  std::string out = "kept ";
  AppendJsonString(out, text);
  EXPECT_EQ(out.substr(0, 5), "kept ");
  return out.substr(5);
}

TEST(JsonText, Escapes) {
  EXPECT_EQ(Json(""), "\"\"");
  EXPECT_EQ(Json("plain /\x7F"), "\"plain /\x7F\"");
  EXPECT_EQ(Json("\"\\\n\r\t"), R"("\"\\\n\r\t")");
  EXPECT_EQ(Json(std::string_view("\0\x01\x1F", 3)), R"("\u0000\u0001\u001f")");
  EXPECT_EQ(Json("a\nb"), R"("a\nb")");
}

TEST(JsonText, KeepsUtf8AndReplacesWhatIsNone) {
  EXPECT_EQ(Json("\xC3\xA9\xF0\x9F\x98\x80"), "\"\xC3\xA9\xF0\x9F\x98\x80\"");
  EXPECT_EQ(Json("\xC3\xA9\xFF\n\xC3"), "\"\xC3\xA9\xEF\xBF\xBD\\n\xEF\xBF\xBD\"");
  EXPECT_EQ(Json("\xED\xA0\x80"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace ringcast
