#include "protocol/channel_template.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/channel_name.h"

namespace ringcast {
namespace {

std::string ErrorOf(std::string_view text) {
  const Result<ChannelTemplate> parsed = ChannelTemplate::Parse(text);
  return parsed.ok() ? "accepted" : parsed.error().message;
}

// The name, or in brackets why there is none.
std::string Filled(std::string_view text, const TemplateVariables& variables) {
  const Result<ChannelTemplate> parsed = ChannelTemplate::Parse(text);
  EXPECT_TRUE(parsed.ok()) << text;
  std::string name;
  const std::string_view why = parsed->Fill(variables, name);
  return why.empty() ? name : "[" + std::string(why) + "]";
}

TEST(ChannelTemplate, VariablesStandAnywhereInTheName) {
  EXPECT_EQ(Filled("session:{id}", {{"id", "42"}}), "session:42");
  EXPECT_EQ(Filled("{a}/{b}:{a}", {{"a", "x"}, {"b", "y"}}), "x/y:x");
  EXPECT_EQ(Filled("all", {{"id", "42"}}), "all");
  EXPECT_EQ(Filled("user:{sub}", {{"sub", "first"}, {"sub", "second"}}), "user:first");
}

TEST(ChannelTemplate, AValueNeverBecomesMoreThanItself) {
  EXPECT_EQ(Filled("a:{id}", {}), "[A part of the channel's name is missing.]");
  EXPECT_EQ(Filled("a:{id}", {{"id", ""}}), "[A part of the channel's name is empty.]");
  EXPECT_EQ(Filled("a:{id}", {{"id", "x/y"}}), "[A part of the channel's name has a slash.]");
  EXPECT_EQ(Filled("a:{id}", {{"id", "{b}"}, {"b", "c"}}),
            "[the channel name has a byte other than A-Z a-z 0-9 . _ ~ : @ = + - /]");
  EXPECT_EQ(Filled("a/{id}", {{"id", ".."}}), "[the channel name has a segment . or ..]");
  for (const char* value : {"*", " ", "%41", "\xc3\xa9", "a\r\nb", "a\"b"}) {
    EXPECT_EQ(Filled("a:{id}", {{"id", value}}).front(), '[') << value;
  }
  EXPECT_EQ(Filled("a:{id}", {{"id", std::string(kMaxChannelNameSize, 'x')}}),
            "[the channel name is longer than 255 bytes]");
}

TEST(ChannelTemplate, EachMistakeHasItsRemedy) {
  for (const char* text : {"a:{id", "a:id}", "a:}id{"}) {
    EXPECT_EQ(ErrorOf(text), "has a brace without its other one; write a variable as {id}") << text;
  }
  for (const char* text : {"a:{}", "a:{1}", "a:{{id}}", "a:{a.b}"}) {
    EXPECT_NE(ErrorOf(text).find("variable without a proper name"), std::string::npos) << text;
  }
  for (const char* text : {"", "a b", "a//b", "/a", "a/..", "job:*"}) {
    EXPECT_NE(ErrorOf(text).find("gives no channel name"), std::string::npos) << text;
  }
}

TEST(ChannelTemplate, TellsItsVariables) {
  const Result<ChannelTemplate> parsed = ChannelTemplate::Parse("user:{sub}/{id}");
  ASSERT_TRUE(parsed.ok());
  EXPECT_TRUE(parsed->HasVariable("sub"));
  EXPECT_TRUE(parsed->HasVariable("id"));
  EXPECT_FALSE(parsed->HasVariable("user:"));
  ASSERT_EQ(parsed->parts().size(), 4u);
  EXPECT_EQ(parsed->parts()[2].text, "/");
}

}  // namespace
}  // namespace ringcast
