#include "protocol/proxy_header.h"

#include <gtest/gtest.h>

#include <string>

#include "protocol/proxy_header_bytes.h"

namespace ringcast {
namespace {

using test::ProxyV2;
using test::ProxyV2Ipv4;

// "192.0.2.1", "none" or the error; the same whole, byte by byte and cut in two at every place, and
// with a request behind it that must be left alone.
std::string Read(const std::string& header) {
  constexpr std::string_view kRequest = "GET /events/a HTTP/1.1\r\n";
  const std::string bytes = header + std::string(kRequest);
  std::string outcome;
  for (std::size_t cut = 0; cut <= header.size() + 1; ++cut) {
    ProxyHeader parser;
    std::size_t consumed = 0;
    ProxyHeader::Progress progress{ProxyHeader::Status::kNeedMore, 0};
    const auto feed = [&](std::size_t end) {
      if (progress.status != ProxyHeader::Status::kNeedMore) return;
      progress = parser.Feed(std::string_view(bytes).substr(consumed, end - consumed));
      consumed += progress.consumed;
    };
    if (cut == header.size() + 1) {
      for (std::size_t i = 1; i <= bytes.size(); ++i) feed(i);
    } else {
      feed(cut);
      feed(bytes.size());
    }
    std::string now;
    switch (progress.status) {
      case ProxyHeader::Status::kNeedMore:
        now = "unfinished";
        break;
      case ProxyHeader::Status::kError:
        now = parser.error();
        EXPECT_EQ(parser.Feed("x").status, ProxyHeader::Status::kError);
        break;
      case ProxyHeader::Status::kComplete:
        now = parser.source().valid() ? parser.source().Text() : "none";
        EXPECT_EQ(consumed, header.size()) << "a byte of the request was taken";
        break;
    }
    if (cut > 0) {
      EXPECT_EQ(now, outcome) << "cut at " << cut;
    }
    outcome = now;
  }
  return outcome;
}

constexpr std::string_view kNone = "the connection does not begin with a PROXY header";
constexpr std::string_view kMalformed = "the line of the PROXY header is malformed";

TEST(ProxyHeader, LineOfVersion1) {
  EXPECT_EQ(Read("PROXY TCP4 192.0.2.1 127.0.0.1 56324 443\r\n"), "192.0.2.1");
  EXPECT_EQ(Read("PROXY TCP6 2001:db8::7 ::1 1 65535\r\n"), "2001:db8::7");
  EXPECT_EQ(Read("PROXY TCP6 ::ffff:192.0.2.1 ::1 0 65535\r\n"), "192.0.2.1");
  EXPECT_EQ(Read("PROXY UNKNOWN\r\n"), "none");
  EXPECT_EQ(Read("PROXY UNKNOWN what ever stands there\r\n"), "none");
}

TEST(ProxyHeader, LineAtItsLongest) {
  const std::string before = "PROXY UNKNOWN ";
  const std::string longest = before + std::string(107 - before.size() - 2, 'f') + "\r\n";
  EXPECT_EQ(longest.size(), 107u);
  EXPECT_EQ(Read(longest), "none");
  EXPECT_EQ(Read(before + std::string(107 - before.size() - 1, 'f') + "\r\n"),
            "the line of the PROXY header is too long");
}

TEST(ProxyHeader, MalformedLines) {
  for (const char* line : {
           "PROXY \r\n",
           "PROXY TCP4\r\n",
           "PROXY TCP4 192.0.2.1 127.0.0.1 56324\r\n",
           "PROXY TCP4 192.0.2.1 127.0.0.1 56324 443 \r\n",
           "PROXY TCP4 192.0.2.1 127.0.0.1 56324 443 1\r\n",
           "PROXY  TCP4 192.0.2.1 127.0.0.1 56324 443\r\n",
           "PROXY TCP4  192.0.2.1 127.0.0.1 56324 443\r\n",
           "PROXY TCP4 192.0.2.1 127.0.0.1 056324 443\r\n",
           "PROXY TCP4 192.0.2.1 127.0.0.1 65536 443\r\n",
           "PROXY TCP4 192.0.2.1 127.0.0.1 -1 443\r\n",
           "PROXY TCP4 192.0.2.256 127.0.0.1 56324 443\r\n",
           "PROXY TCP4 2001:db8::7 ::1 56324 443\r\n",
           "PROXY TCP6 192.0.2.1 127.0.0.1 56324 443\r\n",
           "PROXY UDP4 192.0.2.1 127.0.0.1 56324 443\r\n",
           "PROXY tcp4 192.0.2.1 127.0.0.1 56324 443\r\n",
           "PROXY TCP4 192.0.2.1 127.0.0.1 56324 443\n",
       }) {
    EXPECT_EQ(Read(line), kMalformed) << line;
  }
}

TEST(ProxyHeader, WhatDoesNotBeginLikeOne) {
  EXPECT_EQ(Read(""), kNone);
  EXPECT_EQ(Read("POST / HTTP/1.1\r\n"), kNone);
  EXPECT_EQ(Read("PROXY\r\n"), kNone);
  EXPECT_EQ(Read("\x16\x03\x01\x02"), kNone);
  EXPECT_EQ(Read("\r\n\r\n\r\n"), kNone);
  EXPECT_EQ(Read(std::string("\r\n\r\n\0\r\nQUIT\r", 12)), kNone);
}

TEST(ProxyHeader, AddressesOfVersion2) {
  EXPECT_EQ(Read(ProxyV2Ipv4()), "192.0.2.1");
  std::string v6("\x20\x01\x0d\xb8", 4);
  v6 += std::string(11, '\0') + "\x07" + std::string(15, '\0') + "\x01" + "\x01\x02\x03\x04";
  EXPECT_EQ(Read(ProxyV2(0x21, 0x21, v6)), "2001:db8::7");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x22, v6)), "2001:db8::7") << "what came as a datagram, too";
}

TEST(ProxyHeader, Version2WithoutAnIpAddress) {
  EXPECT_EQ(Read(ProxyV2(0x21, 0x00, "")), "none");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x00, "behind")), "none");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x31, std::string(216, 'p'))), "none");
  EXPECT_EQ(Read(ProxyV2(0x20, 0x00, "")), "none") << "LOCAL";
  EXPECT_EQ(Read(ProxyV2(0x20, 0xff, "any")), "none") << "what LOCAL is followed by is ignored";
  EXPECT_EQ(Read(ProxyV2(0x20, 0x11, std::string(12, '\x01'))), "none");
}

TEST(ProxyHeader, FurtherFieldsArePassedOver) {
  EXPECT_EQ(Read(ProxyV2Ipv4(std::string("\x02\x00\x03"
                                         "abc",
                                         6))),
            "192.0.2.1");
  EXPECT_EQ(Read(ProxyV2Ipv4(std::string(300, '\xff'))), "192.0.2.1") << "whatever they are";
}

TEST(ProxyHeader, LengthsOfVersion2AtTheirBounds) {
  EXPECT_EQ(Read(ProxyV2(0x21, 0x11, std::string(11, '\1'))),
            "the PROXY header is too short for its addresses");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x21, std::string(35, '\1'))),
            "the PROXY header is too short for its addresses");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x31, std::string(215, '\1'))),
            "the PROXY header is too short for its addresses");
  EXPECT_EQ(Read(ProxyV2Ipv4(std::string(ProxyHeader::kMaxV2Length - 12, 'x'))), "192.0.2.1");
  EXPECT_EQ(Read(ProxyV2(0x20, 0, std::string(ProxyHeader::kMaxV2Length, 'x'))), "none");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x11, "", ProxyHeader::kMaxV2Length + 1)),
            "the PROXY header is too long");
  EXPECT_EQ(Read(ProxyV2(0x20, 0, "", 0xffff)), "the PROXY header is too long");
}

TEST(ProxyHeader, Version2ThatIsNotKnown) {
  const std::string block(216, '\1');
  EXPECT_EQ(Read(ProxyV2(0x11, 0x11, block)), "the version of the PROXY header is not known");
  EXPECT_EQ(Read(ProxyV2(0x22, 0x11, block)), "the command of the PROXY header is not known");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x41, block)),
            "the address family of the PROXY header is not known");
  EXPECT_EQ(Read(ProxyV2(0x21, 0x13, block)),
            "the address family of the PROXY header is not known");
}

TEST(ProxyHeader, IsReadyForTheNextAfterReset) {
  ProxyHeader header;
  header.Feed("GET ");
  header.Reset();
  EXPECT_EQ(header.Feed("PROXY TCP4 192.0.2.1 127.0.0.1 1 2\r\n").status,
            ProxyHeader::Status::kComplete);
  header.Reset();
  EXPECT_FALSE(header.source().valid());
  EXPECT_EQ(header.Feed("PROXY").status, ProxyHeader::Status::kNeedMore);
}

}  // namespace
}  // namespace ringcast
