// Rows 2 to 28, 60 and 121: what may stand in a request line, and what a target may name.
#include <string>

#include "hostile/vector_test.h"
#include "integration/request_text.h"

namespace ringcast::test {
namespace {

const std::string kEnd = "\r\nHost: h\r\n\r\n";

std::string Line(const std::string& line) { return line + kEnd; }

std::string Channels(int count) {
  std::string target = "/events?channel=a";
  for (int i = 1; i < count; ++i) target += "&channel=c" + std::to_string(i);
  return target;
}

std::string Hex(int byte) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  return {kDigits[byte / 16], kDigits[byte % 16]};
}

// A TLS 1.2 ClientHello as far as its session id, which is enough to be told from HTTP.
std::string ClientHello() {
  return std::string("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", 11) + std::string(32, '\x5b') +
         std::string("\x20", 1) + std::string(32, '\x07') + std::string("\x00\x02\x13\x01", 4);
}

void LineEnds(VectorTable& table) {
  table.Public(2, "OneEmptyLine", "\r\n" + Ask("/events/a"), Streams())
      .Public(2, "TwoEmptyLines", "\r\n\r\n" + Ask("/events/a"), Streams())
      .Publish(2, "TwoEmptyLines", "\r\n\r\n" + Ask("/channels/none"), Answers({404}))
      .Everywhere(2, "ThreeEmptyLines", "\r\n\r\n\r\n" + Ask("/events/a"), Refused(400))
      .Everywhere(2, "EmptyLineOfLfAlone", "\n" + Ask("/events/a"), Refused(400))
      .Everywhere(2, "EmptyLineOfCrAlone", "\r" + Ask("/events/a"), Refused(400))
      .Everywhere(3, "AllOfTheHead", "GET /events/a HTTP/1.1\nHost: h\n\n", Refused(400))
      .Everywhere(3, "TheRequestLine", "GET /events/a HTTP/1.1\nHost: h\r\n\r\n", Refused(400))
      .Everywhere(3, "AFieldLine", "GET /events/a HTTP/1.1\r\nHost: h\n\r\n", Refused(400))
      .Everywhere(3, "TheLastLine", "GET /events/a HTTP/1.1\r\nHost: h\r\n\n", Refused(400))
      .Everywhere(4, "InTheMethod", Line("GE\rT /events/a HTTP/1.1"), Refused(400))
      .Everywhere(4, "InTheTarget", Line("GET /events\r/a HTTP/1.1"), Refused(400))
      .Everywhere(4, "BehindTheLine", "GET /events/a HTTP/1.1\rHost: h\r\n\r\n", Refused(400))
      .Everywhere(4, "TwiceBehindTheLine", "GET /events/a HTTP/1.1\r\r\nHost: h\r\n\r\n",
                  Refused(400))
      .Everywhere(4, "InAField", "GET /events/a HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", Refused(400))
      .Everywhere(4, "BehindAField", "GET /events/a HTTP/1.1\r\nHost: h\r\r\n\r\n", Refused(400))
      .Everywhere(4, "AtTheEnd", "GET /events/a HTTP/1.1\r\nHost: h\r\n\rX", Refused(400));
}

void PartsOfTheLine(VectorTable& table) {
  for (const auto& [name, line] : std::vector<std::pair<std::string, std::string>>{
           {"TwoSpacesFirst", "GET  /events/a HTTP/1.1"},
           {"TwoSpacesSecond", "GET /events/a  HTTP/1.1"},
           {"TabFirst", "GET\t/events/a HTTP/1.1"},
           {"TabSecond", "GET /events/a\tHTTP/1.1"},
           {"VerticalTabFirst", "GET\v/events/a HTTP/1.1"},
           {"VerticalTabSecond", "GET /events/a\vHTTP/1.1"},
           {"FormFeed", "GET /events/a\fHTTP/1.1"},
           {"SpaceBehind", "GET /events/a HTTP/1.1 "},
           {"TabBehind", "GET /events/a HTTP/1.1\t"},
           {"SpaceBefore", " GET /events/a HTTP/1.1"},
           {"FourParts", "GET /events/a x HTTP/1.1"}}) {
    table.Everywhere(5, name, Line(line), Refused(400));
  }
  for (const auto& [name, line] :
       std::vector<std::pair<std::string, std::string>>{{"NoVersion", "GET /events/a"},
                                                        {"NoVersionButASpace", "GET /events/a "},
                                                        {"NoTarget", "GET HTTP/1.1"},
                                                        {"EmptyTarget", "GET  HTTP/1.1"},
                                                        {"MethodAlone", "GET"},
                                                        {"Http09", "GET /events/a HTTP/0.9"}}) {
    table.Everywhere(6, name, Line(line), Refused(400));
  }
  for (const auto& [name, version] :
       std::vector<std::pair<std::string, std::string>>{{"LowerCase", "http/1.1"},
                                                        {"MixedCase", "Http/1.1"},
                                                        {"MinorOfTwoDigits", "HTTP/1.10"},
                                                        {"MajorOfTwoDigits", "HTTP/01.1"},
                                                        {"NoMinor", "HTTP/1."},
                                                        {"NoDot", "HTTP/11"},
                                                        {"Comma", "HTTP/1,1"},
                                                        {"NoSlash", "HTTP1.1"},
                                                        {"Https", "HTTPS/1.1"},
                                                        {"Negative", "HTTP/-1.1"},
                                                        {"Letter", "HTTP/1.a"}}) {
    table.Everywhere(7, name, Line("GET /events/a " + version), Refused(400));
  }
  table.Everywhere(8, "Http20", Line("GET /events/a HTTP/2.0"), Refused(505))
      .Everywhere(8, "Http30", Line("GET /events/a HTTP/3.0"), Refused(505))
      .Everywhere(8, "Http99", Line("GET /events/a HTTP/9.9"), Refused(505))
      .Everywhere(8, "Http2Preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refused(505))
      .Public(9, "Http12", Line("GET /events/a HTTP/1.2"),
              Streams().Holding("Transfer-Encoding: chunked"))
      .Public(9, "Http19", Line("GET /health HTTP/1.9"), Answers({200}))
      .Publish(9, "Http12", Line("GET /channels/none HTTP/1.2"), Answers({404}))
      .Everywhere(10, "TlsClientHello", ClientHello(), Refused(400))
      .Everywhere(10, "Zeros", std::string(16, '\0'), Refused(400))
      .Everywhere(10, "HighBytes", std::string(16, '\xfe'), Refused(400))
      .Everywhere(10, "Ssh", "SSH-2.0-OpenSSH_9.2\r\n", Refused(400));
}

void Methods(VectorTable& table) {
  for (const auto& [name, method] :
       std::vector<std::pair<std::string, std::string>>{{"Parenthesis", "G(T"},
                                                        {"Comma", "GET,"},
                                                        {"Quote", "\"GET\""},
                                                        {"Colon", "GET:"},
                                                        {"HighByte", "GET\x80"},
                                                        {"Del", "G\x7fT"},
                                                        {"Nul", std::string("G\0T", 3)}}) {
    table.Everywhere(11, name, Line(method + " /events/a HTTP/1.1"), Refused(400));
  }
  for (const auto& [name, method] : std::vector<std::pair<std::string, std::string>>{
           {"LowerCase", "get"},
           {"MixedCase", "Get"},
           {"TooLong", "GETX"},
           {"TooShort", "GE"},
           {"Unknown", "BREW"},
           {"OfWebDav", "PROPFIND"},
           {"Marks", "!#$%&'*+-.^_`|~"},
           {"OfAHundredBytes", std::string(100, 'M')}}) {
    table.Everywhere(12, name, Line(method + " /events/a HTTP/1.1"), Refused(501));
  }
  for (const std::string method : {"POST", "PUT", "DELETE", "PATCH"}) {
    const std::string line = method + " /events/a HTTP/1.1\r\nHost: h\r\n";
    const Expected refused = Refused(405).Holding("Allow: GET, HEAD, OPTIONS");
    table.Public(13, method, line + "\r\n", refused)
        .Public(13, method + "WithABody", line + "Content-Length: 5\r\n\r\nhello", refused)
        .Public(13, method + "OfATerabyte", line + "Content-Length: 1000000000000\r\n\r\nx",
                refused)
        .Public(13, method + "InChunks", line + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                refused);
  }
  for (const std::string method : {"PUT", "DELETE", "PATCH"}) {
    const std::string body = "Content-Length: 5\r\n\r\nhello";
    for (const std::string path : {"/publish/a", "/publish"}) {
      const std::string line = method + " " + path + " HTTP/1.1\r\nHost: h\r\n";
      const std::string where = path == "/publish" ? "Batch" : "";
      table.Publish(13, method + where, line + "\r\n", Answers({405}).Holding("Allow: POST"))
          .Publish(13, method + where + "WithABody", line + body,
                   Refused(405).Holding("Allow: POST"));
    }
  }
  table
      .Publish(13, "PutToAChannelWithABody",
               "PUT /channels/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
               Answers({400}))
      .Publish(13, "PostToAChannelWithABody",
               "POST /channels/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
               Refused(405).Holding("Allow: GET, HEAD, PUT, DELETE"))
      .Publish(13, "DeleteOfAChannelWithABody",
               "DELETE /channels/a HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
               Refused(400))
      .Publish(13, "PostToAChannel", Line("POST /channels/a HTTP/1.1"),
               Answers({405}).Holding("Allow: GET, HEAD, PUT, DELETE"))
      .Publish(13, "PostElsewhereWithABody",
               "POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello", Refused(404))
      .Public(14, "Head", Line("HEAD /events/a HTTP/1.1"),
              Answers({200}).ToHead().Holding("Content-Type: text/event-stream"))
      .Public(14, "HeadOfABadName", Line("HEAD /events/%00 HTTP/1.1"), Refused(400).ToHead())
      .Publish(14, "HeadOfAChannel", Line("HEAD /channels/a HTTP/1.1"), Answers({200}).ToHead())
      .Public(15, "Options", Line("OPTIONS /events/a HTTP/1.1"),
              Answers({204}).Holding("Allow: GET, HEAD, OPTIONS"))
      .Public(15, "OptionsOfTheServer", Line("OPTIONS * HTTP/1.1"),
              Answers({204}).Holding("Allow: GET, HEAD, OPTIONS"))
      .Public(15, "Preflight",
              "OPTIONS /events/a HTTP/1.1\r\nHost: h\r\nOrigin: https://a.example\r\n"
              "Access-Control-Request-Method: GET\r\n"
              "Access-Control-Request-Headers: last-event-id\r\n\r\n",
              Answers({204})
                  .Holding("Access-Control-Allow-Origin: https://a.example\n")
                  .Holding("Access-Control-Allow-Headers: last-event-id"))
      .Public(15, "PreflightOfAStranger",
              "OPTIONS /events/a HTTP/1.1\r\nHost: h\r\nOrigin: https://evil.example\r\n"
              "Access-Control-Request-Method: GET\r\n\r\n",
              Answers({204}).Without("Access-Control-Allow"))
      .Everywhere(16, "Trace", "TRACE /events/a HTTP/1.1\r\nHost: h\r\nX-Secret: hush\r\n\r\n",
                  Refused(405).Without("hush"))
      .Everywhere(16, "Connect", "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", Refused(501))
      .Everywhere(16, "ConnectToAPath", Line("CONNECT /events/a HTTP/1.1"), Refused(501));
}

void Targets(VectorTable& table) {
  table.Public(17, "Of8000Octets", Ask("/events/a?x=" + std::string(7988, 'q')), Streams())
      .Publish(17, "Of8000Octets", Ask("/none?x=" + std::string(7992, 'q')), Answers({404}))
      .Everywhere(18, "Of9000Octets", Ask("/events/" + std::string(9000, 'a')), Refused(414))
      .Everywhere(18, "Of8193Octets", Ask("/" + std::string(8192, 'a')), Refused(414))
      .Everywhere(18, "Of100000Octets", Ask("/" + std::string(100'000, 'a')), Refused(414))
      .Public(19, "AbsoluteForm", "GET http://other:81/events/a HTTP/1.1\r\nHost: h\r\n\r\n",
              Streams())
      .Public(19, "AbsoluteFormInCapitals", "GET HTTP://other/events/a HTTP/1.1\r\nHost: h\r\n\r\n",
              Streams())
      .Publish(19, "AbsoluteForm",
               "POST http://other/publish/a HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab",
               Answers({200}).Publishing("ab"))
      .Everywhere(19, "AbsoluteFormWithAUser", Ask("http://u@other/events/a"), Refused(400))
      .Everywhere(19, "AbsoluteFormWithoutAHost", Ask("http:///events/a"), Refused(400))
      .Everywhere(19, "AbsoluteFormAndABadHost",
                  "GET http://other/events/a HTTP/1.1\r\nHost: x/y\r\n\r\n", Refused(400))
      .Everywhere(20, "Asterisk", Ask("*"), Refused(400))
      .Everywhere(20, "AuthorityForm", Ask("h:80"), Refused(400))
      .Everywhere(20, "NoSlash", Ask("events/a"), Refused(400))
      .Everywhere(20, "OtherScheme", Ask("ftp://h/events/a"), Refused(400))
      .Everywhere(20, "OptionsOfTwoAsterisks", Line("OPTIONS ** HTTP/1.1"), Refused(400))
      .Everywhere(21, "FragmentOfThePath", Ask("/events/a#b"), Refused(400))
      .Everywhere(21, "FragmentOfTheQuery", Ask("/events?channel=a#b"), Refused(400))
      .Everywhere(21, "FragmentAlone", Ask("#"), Refused(400));
  for (const int byte : {0x00, 0x01, 0x07, 0x08, 0x09, 0x0b, 0x0c, 0x0e, 0x1b, 0x1f, 0x20, 0x7f,
                         0x80, 0x85, 0xa0, 0xad, 0xc3, 0xff}) {
    table.Everywhere(22, "Byte" + Hex(byte),
                     Ask(std::string("/events/a") + static_cast<char>(byte) + "b"), Refused(400));
  }
  for (const auto& [name, path] :
       std::vector<std::pair<std::string, std::string>>{{"PercentAlone", "/events/%"},
                                                        {"OneDigit", "/events/%1"},
                                                        {"NoDigits", "/events/%zz"},
                                                        {"OneGoodDigit", "/events/%1z"},
                                                        {"PercentTwice", "/events/%%41"},
                                                        {"InTheQuery", "/events?channel=a%"}}) {
    table.Everywhere(23, name, Ask(path), Refused(400));
  }
}

void Names(VectorTable& table) {
  const auto post = [](const std::string& path) {
    return "POST /publish/" + path + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
  };
  const auto name_is_refused = [&](int row, const std::string& title, const std::string& raw) {
    table.Public(row, title, Ask("/events/" + raw), Refused(400))
        .Publish(row, title, post(raw), Answers({400}));
  };
  name_is_refused(24, "EncodedNul", "a%00");
  name_is_refused(24, "EncodedCrLf", "a%0d%0aX:y");
  name_is_refused(24, "EncodedBackslash", "a%5cb");
  name_is_refused(24, "EncodedSpace", "a%20b");
  table.Public(24, "EncodedSlash", Ask("/events/a%2fb"), Refused(400))
      .Public(24, "EncodedNulInTheQuery", Ask("/events?channel=a%00"), Refused(400))
      .Public(24, "EncodedLetters", Ask("/events/%61"), Streams())
      // A publisher stands behind no proxy that could have read it as a real one.
      .Publish(24, "EncodedSlash", post("x%2fy"), Answers({200}))
      .Publish(24, "EncodedLetters", post("%61"), Answers({200}).Publishing("ab"));
  name_is_refused(25, "EncodedTwice", "%252e%252e");
  name_is_refused(25, "LetterEncodedTwice", "%2561");
  name_is_refused(26, "TwoDots", "../../etc/passwd");
  name_is_refused(26, "OneDot", "a/./b");
  name_is_refused(26, "EncodedDots", "%2e%2e/x");
  name_is_refused(26, "EmptySegment", "/a");
  name_is_refused(26, "EmptySegmentAtTheEnd", "a/");
  name_is_refused(26, "Backslash", "a\\b");
  name_is_refused(26, "OverlongSlash", "%c0%ae");
  name_is_refused(27, "OfNoByte", "");
  name_is_refused(27, "Of256Bytes", std::string(256, 'n'));
  table.Public(27, "OfOneByte", Ask("/events/b"), Streams())
      .Public(27, "Of255Bytes", Ask("/events/" + std::string(255, 'n')), Streams())
      .Public(27, "OfNoByteInTheQuery", Ask("/events?channel="), Refused(400))
      .Public(27, "NoChannelAtAll", Ask("/events"), Refused(400))
      .Publish(27, "Of255Bytes", post(std::string(255, 'n')), Answers({200}))
      .Public(28, "Of64", Ask(Channels(64)), Streams())
      .Public(28, "Of65", Ask(Channels(65)), Refused(400))
      .Public(28, "Of254", Ask(Channels(254)), Refused(400))
      .Public(28, "Of255", Ask(Channels(255)), Refused(400))
      .Public(28, "Of256", Ask(Channels(256)), Refused(400))
      .Public(28, "Of10000", Ask(Channels(10'000)), Refused(414))
      .Everywhere(60, "ProxyHeaderOfText", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + Ask("/events/a"),
                  Refused(400))
      .Everywhere(
          60, "ProxyHeaderInBinary",
          std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16) + "123456789012" + Ask("/events/a"),
          Refused(400));
  for (const std::string path : {"metrics", "admin", "stats.json", "livez", "readyz", "publish"}) {
    table.Public(121, path == "stats.json" ? "stats" : path, Ask("/" + path), Refused(404));
  }
  for (const std::string path : {"metrics", "admin"}) {
    table.Publish(121, path, Ask("/" + path), Answers({404}));
  }
  table.Public(121, "publishing", post("a"), Refused(404));
}

std::vector<Vector> RequestLines() {
  VectorTable table;
  LineEnds(table);
  PartsOfTheLine(table);
  Methods(table);
  Targets(table);
  Names(table);
  return table.vectors();
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(RequestLine, VectorTest, ::testing::ValuesIn(RequestLines()), VectorName);

}  // namespace ringcast::test
