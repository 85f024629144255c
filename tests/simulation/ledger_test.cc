// The book that the oracles keep: what it lets pass, and what it does not.
#include "simulation/ledger.h"

#include <gtest/gtest.h>

#include <string>

namespace ringcast::simulation {
namespace {

class LedgerTest : public testing::Test {
 protected:
  static EventKey Key(std::uint64_t number, std::uint32_t channel = 0) {
    return {.publisher = 1, .number = number, .channel = channel, .bytes = 10};
  }
  Kernel kernel{1};
  Ledger ledger{kernel};
};

TEST_F(LedgerTest, AnEventsTextSaysAllOfIt) {
  for (const std::size_t bytes : {0u, 1u, 500u, 5000u}) {
    const EventKey key{.publisher = 7, .number = 12, .channel = 3, .bytes = bytes};
    const std::string text = key.Text();
    const auto read = EventKey::Read(text);
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->publisher, 7u);
    EXPECT_EQ(read->number, 12u);
    EXPECT_EQ(read->channel, 3u);
    EXPECT_EQ(read->bytes, bytes);
    for (std::size_t at = 0; at < text.size(); at += 1 + text.size() / 20) {
      std::string wrong = text;
      wrong[at] ^= 1;
      const auto other = EventKey::Read(wrong);
      EXPECT_TRUE(!other || other->publisher != 7 || other->number != 12 || other->channel != 3);
    }
    EXPECT_FALSE(EventKey::Read(text.substr(1 + bytes / 2)).has_value());
  }
}

TEST_F(LedgerTest, AnAckAndItsDeliveriesAgree) {
  ledger.Acknowledged(Key(1), {10, 1});
  ledger.Received(Key(1), {10, 1});
  ledger.Received(Key(2), {10, 2});
  ledger.Claim(0, {10, 1}, {10, 2}, 5);
  EXPECT_EQ(kernel.violation(), "");
  EXPECT_EQ(ledger.Newest(0), (EventId{10, 2}));
}

TEST_F(LedgerTest, AnEventHasOneId) {
  ledger.Received(Key(1), {10, 1});
  ledger.Received(Key(1), {10, 2});
  EXPECT_NE(kernel.violation().find("it was published before"), std::string::npos);
}

TEST_F(LedgerTest, AnIdNamesOneEvent) {
  ledger.Received(Key(1), {10, 1});
  ledger.Received(Key(2), {10, 1});
  EXPECT_NE(kernel.violation().find("as well"), std::string::npos);
}

TEST_F(LedgerTest, EventsOfAConnectionKeepTheirOrder) {
  ledger.Received(Key(2), {10, 1});
  ledger.Received(Key(1), {10, 2});
  EXPECT_NE(kernel.violation().find("sent it before"), std::string::npos);
}

TEST_F(LedgerTest, WhatWasSkippedIsFoundAtOnce) {
  ledger.Acknowledged(Key(1), {10, 1});
  ledger.Claim(0, {10, 0}, {10, 1}, 5);
  ledger.Claim(1, {10, 0}, {10, 2}, 5);
  EXPECT_EQ(kernel.violation(), "");
  ledger.Claim(0, {10, 0}, {10, 2}, 5);
  EXPECT_NE(kernel.violation().find("subscriber 5 was not sent 10-1"), std::string::npos);
}

TEST_F(LedgerTest, AStreamOfOneTypeOwesNoOther) {
  ledger.Acknowledged(Key(1), {10, 1});
  ledger.Claim(0, {10, 0}, {10, 2}, 5, Ledger::Part::kTicks);
  EXPECT_EQ(kernel.violation(), "");
  EXPECT_EQ(ledger.Newest(0, Ledger::Part::kTicks), EventId{});
  ledger.Acknowledged(Key(3), {10, 3});
  EXPECT_EQ(ledger.Newest(0, Ledger::Part::kTicks), (EventId{10, 3}));
  ledger.Claim(0, {10, 2}, {10, 4}, 5, Ledger::Part::kTicks);
  EXPECT_NE(kernel.violation().find("was not sent 10-3"), std::string::npos);
}

TEST_F(LedgerTest, WhatIsLearntLaterIsFoundAtTheEnd) {
  ledger.Claim(0, {10, 0}, {10, 2}, 5);
  ledger.Acknowledged(Key(1), {10, 1});
  EXPECT_EQ(kernel.violation(), "");
  ledger.CheckClaims();
  EXPECT_NE(kernel.violation().find("was not sent"), std::string::npos);
}

}  // namespace
}  // namespace ringcast::simulation
