#include "protocol/event.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast {
namespace {

EventError Validate(std::string_view type, std::string_view data) {
  return ValidateEvent({type, data}, kDefaultMaxDataSize);
}

// Hostile inputs 82 and 83.
TEST(Event, RefusesEveryControlInTheType) {
  for (unsigned byte = 0; byte < 0x80; ++byte) {
    const std::string type = {'a', static_cast<char>(byte), 'b'};
    const bool control = byte < 0x20 || byte == 0x7F;
    EXPECT_EQ(Validate(type, ""), control ? EventError::kTypeHasControl : EventError::kNone)
        << byte;
  }
  for (unsigned second = 0x80; second <= 0xBF; ++second) {
    const std::string type = {'\xC2', static_cast<char>(second)};
    EXPECT_EQ(Validate(type, ""), second <= 0x9F ? EventError::kTypeHasControl : EventError::kNone)
        << second;
  }
  // The same second byte after another lead is a letter.
  EXPECT_EQ(Validate("\xC3\x85", ""), EventError::kNone);
}

TEST(Event, LimitsTheType) {
  EXPECT_EQ(Validate("", ""), EventError::kNone);
  EXPECT_EQ(Validate(std::string(255, 't'), ""), EventError::kNone);
  EXPECT_EQ(Validate(std::string(256, 't'), ""), EventError::kTypeTooLong);
  EXPECT_EQ(Validate("\xFF", ""), EventError::kTypeNotUtf8);
}

// Hostile inputs 85, 86, 88 and 90.
TEST(Event, TakesAnyValidDataWithinTheLimit) {
  EXPECT_EQ(Validate("", std::string_view("a\0b", 3)), EventError::kNone);
  EXPECT_EQ(Validate("", "\xEF\xBB\xBF bom"), EventError::kNone);
  EXPECT_EQ(Validate("", "a\r\nb\rc\nd"), EventError::kNone);
  EXPECT_EQ(Validate("", "\xE2\x80\xA8 \xF0\x9F\x92\xA9"), EventError::kNone);
  EXPECT_EQ(Validate("", "\xED\xA0\x80"), EventError::kDataNotUtf8);
  EXPECT_EQ(ValidateEvent({"", "1234"}, 4), EventError::kNone);
  EXPECT_EQ(ValidateEvent({"", "12345"}, 4), EventError::kDataTooLarge);
}

TEST(Event, DescribesEveryError) {
  EXPECT_EQ(Describe(EventError::kNone), "");
  for (const EventError error :
       {EventError::kTypeHasControl, EventError::kTypeNotUtf8, EventError::kTypeTooLong}) {
    EXPECT_NE(Describe(error).find("type"), std::string_view::npos);
  }
  for (const EventError error : {EventError::kDataNotUtf8, EventError::kDataTooLarge}) {
    EXPECT_NE(Describe(error).find("data"), std::string_view::npos);
  }
}

}  // namespace
}  // namespace ringcast
