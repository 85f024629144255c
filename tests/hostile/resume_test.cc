// Rows 99 to 101: ids to resume from that no server gave out.
#include <string>

#include "hostile/vector_test.h"
#include "integration/request_text.h"

namespace ringcast::test {
namespace {

std::string PercentEncoded(const std::string& text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', kDigits[byte / 16], kDigits[byte % 16]};
  }
  return out;
}

std::vector<Vector> Ids() {
  VectorTable table;
  const std::string kilobyte(1024, '7');
  const Expected gap = Streams().Holding(R"("start":"gap")").Holding(R"("reason":"unknown-id")");
  const auto unknown = [&](int row, const std::string& name, const std::string& id) {
    table.Public(row, name, WithFields("Last-Event-ID: " + id + "\r\n"), gap)
        .Public(row, name + "InTheQuery", Ask("/events/a?lastEventId=" + PercentEncoded(id)), gap);
  };
  unknown(100, "Word", "garbage");
  unknown(100, "OneNumber", "1");
  unknown(100, "DashAlone", "-");
  unknown(100, "NoSecondNumber", "1-");
  unknown(100, "NoFirstNumber", "-1");
  unknown(100, "Plus", "+1-1");
  unknown(100, "ThreeNumbers", "1-1-1");
  unknown(100, "Spaces", "1 - 1");
  unknown(100, "Hexadecimal", "0x1-1");
  unknown(100, "HighBytes", "\xff\xfe");
  unknown(100, "OfAKilobyte", kilobyte);
  table.Public(100, "Twice", WithFields("Last-Event-ID: 1-1\r\nLast-Event-ID: 2-2\r\n"), gap)
      .Public(100, "NulInTheQuery", Ask("/events/a?lastEventId=1-1%00"), gap)
      .Public(100, "LineEndInTheQuery", Ask("/events/a?lastEventId=1-1%0d%0aX:y"), gap)
      .Public(100, "EmptyIsNone", WithFields("Last-Event-ID: \r\n"),
              Streams().Holding(R"("start":"live")"));
  unknown(101, "Negative", "-5-3");
  unknown(101, "TwoTo63", "9223372036854775808-0");
  unknown(101, "TwoTo64", "18446744073709551616-1");
  unknown(101, "SecondOfTwoTo64", "1-18446744073709551616");
  unknown(101, "ManyDigits", "99999999999999999999999-1");
  unknown(101, "InAThousandYears", "33000000000000-1");
  unknown(101, "TheLargestOfAll", "18446744073709551615-18446744073709551615");
  table
      .Everywhere(99, "OfAMebibyte",
                  WithFields("Last-Event-ID: " + std::string(1 << 20, '1') + "\r\n"), Refused(431))
      .Everywhere(99, "Of16KiB", WithFields("Last-Event-ID: " + std::string(16384, '1') + "\r\n"),
                  Refused(431))
      .Public(99, "OfAMebibyteInTheQuery",
              Ask("/events/a?lastEventId=" + std::string(1 << 20, '1')), Refused(414));
  return table.vectors();
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Resume, VectorTest, ::testing::ValuesIn(Ids()), VectorName);

}  // namespace ringcast::test
