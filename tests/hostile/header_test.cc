// Rows 29 to 39, 46 and 55 to 61: header fields, what they ask for, and what they must not move.
#include <string>

#include "hostile/vector_test.h"
#include "integration/request_text.h"

namespace ringcast::test {
namespace {

const std::string kLine = "GET /events/a HTTP/1.1\r\n";

std::string Fields(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "X" + std::to_string(i) + ": y\r\n";
  return text;
}

std::string FieldOfBytes(std::size_t size) {  // with its CRLF
  return "X: " + std::string(size - 5, 'y') + "\r\n";
}

std::string WithByte(int byte) { return std::string("a") + static_cast<char>(byte) + "b"; }

void Hosts(VectorTable& table) {
  table.Everywhere(29, "None", kLine + "\r\n", Refused(400))
      .Everywhere(29, "TwoAlike", kLine + "Host: h\r\nHost: h\r\n\r\n", Refused(400))
      .Everywhere(29, "TwoThatDiffer", kLine + "Host: h\r\nA: b\r\nhOST: i\r\n\r\n", Refused(400));
  for (const auto& [name, host] :
       std::vector<std::pair<std::string, std::string>>{{"Empty", ""},
                                                        {"List", "a, b"},
                                                        {"ListWithoutASpace", "a,b"},
                                                        {"User", "user@h"},
                                                        {"UserAndPassword", "user:p@h"},
                                                        {"Path", "h/path"},
                                                        {"Url", "http://h"},
                                                        {"Query", "h?q"},
                                                        {"PortOfLetters", "h:port"},
                                                        {"Space", "h h"},
                                                        {"BracketNotClosed", "[::1"},
                                                        {"TwoPorts", "h:80:80"},
                                                        {"HighByte", "\x80"}}) {
    table.Everywhere(29, name, kLine + "Host: " + host + "\r\n\r\n", Refused(400));
  }
  table.Public(29, "Ipv6WithAPortIsSound", kLine + "Host: [::1]:80\r\n\r\n", Streams())
      .Public(30, "NoneInHttp10", "GET /events/a HTTP/1.0\r\n\r\n", Streams())
      .Publish(30, "NoneInHttp10", "POST /publish/a HTTP/1.0\r\nContent-Length: 2\r\n\r\nab",
               Closes(200).Publishing("ab"))
      .Everywhere(30, "TwoInHttp10", "GET /events/a HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n",
                  Refused(400));
}

void NamesAndValues(VectorTable& table) {
  const auto refused = [&](int row, const std::string& name, const std::string& fields) {
    table.Everywhere(row, name, WithFields(fields), Refused(400));
  };
  refused(31, "SpaceBeforeTheColon", "X : y\r\n");
  refused(31, "TabBeforeTheColon", "X\t: y\r\n");
  refused(31, "SpaceBeforeTheColonOfLength", "Content-Length : 0\r\n");
  refused(32, "FoldWithASpace", "X: y\r\n z\r\n");
  refused(32, "FoldWithATab", "X: y\r\n\tz\r\n");
  refused(32, "FoldOfNothing", "X: y\r\n \r\n");
  refused(32, "FoldOfAnEmptyValue", "X:\r\n y\r\n");
  for (const auto& [name, line] :
       std::vector<std::pair<std::string, std::string>>{{"FieldBehindASpace", " X: y\r\n"},
                                                        {"FieldBehindATab", "\tX: y\r\n"},
                                                        {"SpaceAlone", " \r\n"}}) {
    table.Everywhere(33, name, kLine + line + "Host: h\r\n\r\n", Refused(400));
  }
  refused(34, "EmptyName", ": y\r\n");
  refused(34, "NoColon", "X\r\n");
  refused(34, "EqualsSign", "X=y\r\n");
  for (const int byte : {0x00, 0x01, 0x0b, 0x20, 0x22, 0x28, 0x2c, 0x2f, 0x3b, 0x40, 0x5b, 0x7b,
                         0x7f, 0x80, 0x85, 0xa0, 0xff}) {
    refused(34, "NameWithByte" + std::to_string(byte), "X" + WithByte(byte) + ": y\r\n");
  }
  for (int byte = 0; byte < 0x20; ++byte) {
    if (byte != '\t') refused(35, "Byte" + std::to_string(byte), "X: " + WithByte(byte) + "\r\n");
  }
  refused(35, "Byte127", "X: " + WithByte(0x7f) + "\r\n");
  table.Public(35, "TabIsSound", WithFields("X: a\tb\r\n"), Streams())
      .Public(36, "HighBytes", WithFields("X: \x80\x85\xa0\xff\r\n"), Streams())
      .Publish(36, "HighBytes", Post("X: \x80\x85\xa0\xff\r\nContent-Length: 2\r\n\r\nab"),
               Answers({200}).Publishing("ab"))
      .Public(37, "SixtyFour", WithFields(Fields(63)), Streams())
      .Everywhere(37, "SixtyFive", WithFields(Fields(64)), Refused(431))
      .Everywhere(37, "AThousand", WithFields(Fields(1000)), Refused(431))
      .Public(37, "Of16KiB", WithFields(FieldOfBytes(16384 - 9)), Streams())
      .Everywhere(37, "OfOneByteMore", WithFields(FieldOfBytes(16384 - 8)), Refused(431))
      .Everywhere(37, "ValueOf100000Bytes", WithFields(FieldOfBytes(100'000)), Refused(431))
      .Everywhere(37, "NameOf100000Bytes", WithFields(std::string(100'000, 'N') + ": y\r\n"),
                  Refused(431));
  refused(38, "Length", "Content_Length: 5\r\n");
  refused(38, "LengthInCapitals", "CONTENT_LENGTH: 5\r\n");
  refused(38, "Encoding", "Transfer_Encoding: chunked\r\n");
  table
      .Publish(38, "LengthBesideTheRightOne",
               Post("Content_Length: 9\r\nContent-Length: 2\r\n\r\nab"), Refused(400))
      .Public(38, "OtherNamesMayHaveOne", WithFields("X_Custom: 5\r\n"), Streams())
      .Public(39, "Host", WithFields("Connection: host\r\n"), Streams())
      .Publish(39, "HostAndLength",
               Post("Connection: host, content-length\r\nContent-Length: 2\r\n\r\nab"),
               Answers({200}).Publishing("ab"))
      .Publish(39, "Encoding",
               Post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "2\r\nab\r\n0\r\n\r\n"),
               Answers({200}).Publishing("ab"));
}

void BodiesOfReads(VectorTable& table) {
  for (const std::string method : {"GET", "HEAD", "OPTIONS"}) {
    for (const std::string path : {"/events/a", "/health"}) {
      const std::string line = method + " " + path + " HTTP/1.1\r\nHost: h\r\n";
      const std::string name = method + (path == "/health" ? "Health" : "");
      table.Public(46, name + "WithALength", line + "Content-Length: 5\r\n\r\nhello", Refused(400))
          .Public(46, name + "InChunks", line + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                  Refused(400));
    }
    table.Publish(46, method + "WithALength",
                  method + " /channels/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
                  Refused(400));
  }
  table.Public(46, "LengthOfZeroIsNoBody", WithFields("Content-Length: 0\r\n"), Streams());
}

void Wishes(VectorTable& table) {
  for (const auto& [name, fields] : std::vector<std::pair<std::string, std::string>>{
           {"H2c", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"},
           {"WebSocket",
            "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"},
           {"Unknown", "Connection: upgrade\r\nUpgrade: tomorrow/1\r\n"}}) {
    table.Public(55, name, WithFields(fields), Streams());
  }
  table
      .Public(55, "AndTheConnectionGoesOn",
              WithFields("Connection: upgrade\r\nUpgrade: h2c\r\n", "/health"), Answers({200}))
      .Publish(55, "H2c",
               Post("Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab"),
               Answers({200}).Publishing("ab"));
  for (const auto& [name, fields] : std::vector<std::pair<std::string, std::string>>{
           {"Range", "Range: bytes=0-4\r\n"},
           {"RangeOfNonsense", "Range: bytes=9-1,-,x\r\n"},
           {"IfNoneMatch", "If-None-Match: *\r\n"},
           {"IfModifiedSince", "If-Modified-Since: Fri, 31 Dec 2100 23:59:59 GMT\r\n"},
           {"IfMatch", "If-Match: \"nothing\"\r\n"}}) {
    table.Public(56, name, WithFields(fields), Streams());
  }
  for (const auto& [name, accept] : std::vector<std::pair<std::string, std::string>>{
           {"Json", "application/json"},
           {"Html", "text/html, application/xhtml+xml"},
           {"WeightOfZero", "text/event-stream;q=0"}}) {
    table.Public(57, name, WithFields("Accept: " + accept + "\r\n"), Refused(406));
  }
  for (const auto& [name, accept] :
       std::vector<std::pair<std::string, std::string>>{{"Anything", "*/*"},
                                                        {"AnyText", "text/*"},
                                                        {"TheStream", "text/event-stream"},
                                                        {"AmongOthers", "text/html, */*;q=0.1"},
                                                        {"Nothing", ""}}) {
    table.Public(57, name, WithFields("Accept: " + accept + "\r\n"), Streams());
  }
  const std::string origin = "Access-Control-Allow-Origin";
  table
      .Public(58, "Gzip", WithFields("Accept-Encoding: gzip, br\r\n"),
              Streams().Without("Accept-Encoding"))
      .Public(58, "NoIdentity", WithFields("Accept-Encoding: gzip, identity;q=0\r\n"), Streams())
      .Public(59, "Allowed", WithFields("Origin: https://a.example\r\n"),
              Streams().Holding(origin + ": https://a.example\n").Holding("Vary: Origin\n"))
      .Public(59, "Stranger", WithFields("Origin: https://evil.example\r\n"),
              Streams().Without(origin).Holding("Vary: Origin\n"))
      .Public(59, "Null", WithFields("Origin: null\r\n"), Streams().Without(origin))
      .Public(59, "Longer", WithFields("Origin: https://a.example.evil\r\n"),
              Streams().Without(origin))
      .Public(59, "Asterisk", WithFields("Origin: *\r\n"), Streams().Without(origin))
      .Public(59, "Twice", WithFields("Origin: https://a.example\r\nOrigin: https://a.example\r\n"),
              Streams().Without(origin))
      .Public(59, "NeverCredentials", WithFields("Origin: https://evil.example\r\nCookie: a=b\r\n"),
              Streams().Without("Access-Control-Allow-Credentials"))
      .Public(59, "CredentialsOfTheOpaqueOrigin", WithFields("Origin: null\r\nCookie: a=b\r\n"),
              Streams().Without("Access-Control-Allow-Credentials"))
      .Public(59, "CredentialsOfWhoIsNamed",
              WithFields("Origin: https://a.example\r\nCookie: a=b\r\n"),
              Streams().Holding("Access-Control-Allow-Credentials: true\n"))
      .Public(60, "ForwardedFor", WithFields("X-Forwarded-For: 1.2.3.4\r\n"), Streams())
      .Everywhere(61, "EscapeInTheTarget", Ask("/events/\x1b[31m"), Refused(400).Without("\x1b"))
      .Everywhere(61, "EscapeInAValue", WithFields("User-Agent: \x1b[31m\r\n"),
                  Refused(400).Without("\x1b"))
      .Public(61, "MarkupInTheTarget", Ask("/events/%3Cscript%3E"), Refused(400).Without("script"))
      .Public(61, "MarkupElsewhere", Ask("/%3Cscript%3E"), Refused(404).Without("script"));
}

std::vector<Vector> Headers() {
  VectorTable table;
  Hosts(table);
  NamesAndValues(table);
  BodiesOfReads(table);
  Wishes(table);
  return table.vectors();
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Header, VectorTest, ::testing::ValuesIn(Headers()), VectorName);

}  // namespace ringcast::test
