// Rows 40 to 54, 70 and 71: where a body ends, and what an expectation changes about it.
#include <string>

#include "hostile/vector_test.h"
#include "integration/request_text.h"

namespace ringcast::test {
namespace {

constexpr std::size_t kMaxEvent = 1u << 20;  // the default of --max-event-size

using Named = std::vector<std::pair<std::string, std::string>>;

std::string PostOf(const std::string& version, const std::string& rest) {
  return "POST /publish/a " + version + "\r\nHost: h\r\n" + rest;
}

void Lengths(VectorTable& table) {
  for (const auto& [name, length] : Named{{"Plus5", "+5"},
                                          {"Minus1", "-1"},
                                          {"Hexadecimal", "0x5"},
                                          {"TwoNumbers", "5 5"},
                                          {"ListThatDiffers", "5,6"},
                                          {"ListOfEquals", "5, 5"},
                                          {"Empty", ""},
                                          {"TwoTo63", "9223372036854775808"},
                                          {"TwoTo64", "18446744073709551616"},
                                          {"TwoTo64And5", "18446744073709551621"},
                                          {"ThirtyDigits", "999999999999999999999999999999"},
                                          {"ThirtyDigitsOfZero", "000000000000000000000000000005"},
                                          {"Fraction", "5.0"},
                                          {"Semicolon", "5;"},
                                          {"Quoted", "\"5\""},
                                          {"Letter", "a"},
                                          {"SuperscriptTwo", "\xb2"}}) {
    table.Everywhere(40, name, Post("Content-Length: " + length + "\r\n\r\nhello"), Refused(400));
  }
  table
      .Publish(40, "BlanksAroundAreSound", Post("Content-Length: \t5 \r\n\r\nhello"),
               Answers({200}).Publishing("hello"))
      .Everywhere(41, "TwiceDifferent", Post("Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
                  Refused(400))
      .Everywhere(41, "TwiceTheSame", Post("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello"),
                  Refused(400))
      .Everywhere(41, "TwiceZero", Post("Content-Length: 0\r\nA: b\r\nCONTENT-LENGTH: 0\r\n\r\n"),
                  Refused(400));
}

void Codings(VectorTable& table) {
  const std::string body = "\r\n0\r\n\r\n";
  table
      .Everywhere(42, "LengthFirst",
                  Post("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" + body), Refused(400))
      .Everywhere(42, "CodingFirst",
                  Post("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n" + body), Refused(400))
      .Everywhere(42, "OddCase", Post("tRANSFER-eNCODING: ChunKed\r\ncONTENT-lENGTH: 0\r\n" + body),
                  Refused(400))
      .Everywhere(42, "LengthAndGzip",
                  Post("Content-Length: 5\r\nTransfer-Encoding: gzip\r\n" + body), Refused(400))
      .Everywhere(43, "Chunked", PostOf("HTTP/1.0", "Transfer-Encoding: chunked\r\n" + body),
                  Refused(400))
      .Everywhere(43, "Gzip", PostOf("HTTP/1.0", "Transfer-Encoding: gzip\r\n" + body),
                  Refused(400));
  for (const auto& [name, value] : Named{{"Xchunked", "xchunked"},
                                         {"Chunkedx", "chunkedx"},
                                         {"Gzip", "gzip"},
                                         {"Identity", "identity"},
                                         {"GzipThenChunked", "gzip, chunked"}}) {
    table.Everywhere(44, name, Post("Transfer-Encoding: " + value + "\r\n" + body), Refused(501));
  }
  for (const auto& [name, value] :
       Named{{"ThenIdentity", "chunked, identity"},
             {"Twice", "chunked,chunked"},
             {"TwiceWithASpace", "chunked, chunked"},
             {"CommaBefore", ",chunked"},
             {"CommaBehind", "chunked,"},
             {"Empty", ""},
             {"VerticalTab", "\vchunked"},
             {"FormFeed", "\fchunked"},
             {"SpaceBehind", "chunked "},
             {"TabBehind", "chunked\t"},
             {"Fold", "chunked\r\n x"},
             {"FoldBefore", "\r\n chunked"},
             {"Parameter", "chunked;q=1"},
             {"Quoted", "\"chunked\""},
             {"SpaceWithin", "chu nked"},
             {"ThenGzip", "chunked, gzip"},
             {"TwoFields", "chunked\r\nTransfer-Encoding: chunked"},
             {"SecondFieldIdentity", "chunked\r\nTransfer-Encoding: identity"}}) {
    table.Everywhere(45, name, Post("Transfer-Encoding: " + value + "\r\n" + body), Refused(400));
  }
  table.Publish(45, "AnyCaseIsSound",
                Post("Transfer-Encoding: \t ChunkeD\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
                Answers({200}).Publishing("ab"));
}

void Chunks(VectorTable& table) {
  const std::string last = "\r\nhello\r\n0\r\n\r\n";
  for (const auto& [name, size] : Named{{"Hexadecimal", "0x5"},
                                        {"Plus5", "+5"},
                                        {"Minus5", "-5"},
                                        {"Underscore", "5_0"},
                                        {"SpaceBefore", " 5"},
                                        {"SpaceBehind", "5 "},
                                        {"TabBehind", "5\t"},
                                        {"Empty", ""},
                                        {"SeventeenDigits", "00000000000000005"},
                                        {"SeventeenLargeDigits", "fffffffffffffffff"},
                                        {"Letter", "g"},
                                        {"HighByte", "\xb5"},
                                        {"Fraction", "5.0"},
                                        {"ExtensionAlone", ";a=b"}}) {
    table.Publish(47, name, Chunked(size + last), Refused(400));
  }
  table
      .Publish(47, "SoundSizes",
               Chunked("5\r\nhello\r\nA\r\n0123456789\r\n001\r\nx\r\n000\r\n\r\n"),
               Answers({200}).Publishing("hello0123456789x"))
      .Publish(48, "LfBehindTheSize", Chunked("5\nhello\r\n0\r\n\r\n"), Refused(400))
      .Publish(48, "CrBehindTheSize", Chunked("5\rhello\r\n0\r\n\r\n"), Refused(400))
      .Publish(48, "LfInTheExtension", Chunked("5;a\nhello\r\n0\r\n\r\n"), Refused(400))
      .Publish(48, "CrInTheExtension", Chunked("5;a\rb\r\nhello\r\n0\r\n\r\n"), Refused(400))
      .Publish(48, "NulInTheExtension", Chunked(std::string("5;a\0b", 5) + last), Refused(400))
      .Publish(48, "LfBehindTheLastSize", Chunked("5\r\nhello\r\n0\n\r\n"), Refused(400))
      .Publish(48, "LfAtTheEnd", Chunked("5\r\nhello\r\n0\r\n\n"), Refused(400))
      .Publish(48, "ExtensionOf300Bytes", Chunked("5;" + std::string(300, 'x') + last),
               Refused(400))
      .Publish(48, "ExtensionOf200BytesIsSound", Chunked("5;" + std::string(200, 'x') + last),
               Answers({200}).Publishing("hello"))
      .Publish(49, "LongerThanItsSize", Chunked("5\r\nhello!\r\n0\r\n\r\n"), Refused(400))
      .Publish(49, "ShorterThanItsSize", Chunked("5\r\nhell\r\n0\r\n\r\n"), Refused(400))
      .Publish(49, "NoLineEnd", Chunked("5\r\nhello0\r\n\r\n"), Refused(400))
      .Publish(49, "LineEndOfLf", Chunked("5\r\nhello\n0\r\n\r\n"), Refused(400))
      .Publish(49, "LineEndOfCr", Chunked("5\r\nhello\r0\r\n\r\n"), Refused(400))
      .Publish(50, "FramingAndOthers",
               Chunked("2\r\nab\r\n0\r\nContent-Length: 9\r\nTransfer-Encoding: gzip\r\n"
                       "Connection: close\r\nHost: evil\r\nAuthorization: x\r\n\r\n"),
               Answers({200}).Publishing("ab"))
      .Publish(50, "ThenAnotherRequest",
               Chunked("2\r\nab\r\n0\r\nContent-Length: 9\r\n\r\n") +
                   Post("Content-Length: 2\r\n\r\nab"),
               Answers({200, 200}).Publishing("ab").Publishing("ab"))
      .Publish(50, "CrAlone", Chunked("2\r\nab\r\n0\r\nA: b\rc\r\n\r\n"), Refused(400));
}

void Sizes(VectorTable& table) {
  const std::string most = std::to_string(kMaxEvent);
  table
      .Publish(51, "LengthAloneTells",
               Post("Content-Length: " + std::to_string(kMaxEvent + 1) + "\r\n\r\nx"), Refused(413))
      .Publish(51, "LengthBelow2To63Tells", Post("Content-Length: 9223372036854775807\r\n\r\n"),
               Refused(413))
      .Publish(51, "LengthOfABatchTells",
               "POST /publish HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999\r\n\r\n{",
               Refused(413))
      .Publish(51, "ChunkSizeAloneTells", Chunked("100001\r\n"), Refused(413))
      .Publish(51, "ChunkSizeOfFifteenDigitsTells", Chunked("fffffffffffffff\r\nhello"),
               Refused(413))
      .Publish(51, "SumOfTheChunksTells",
               Chunked("80000\r\n" + std::string(0x80000, 'x') + "\r\n80001\r\n"), Refused(413))
      .Publish(51, "ExactlyTheMost",
               Post("Content-Length: " + most + "\r\n\r\n" + std::string(kMaxEvent, 'x')),
               Answers({200}).Publishing(std::string(kMaxEvent, 'x')))
      .Publish(52, "NeitherLengthNorCoding", Post("\r\n"), Answers({400}))
      .Publish(52, "NeitherOfABatch", "POST /publish HTTP/1.1\r\nHost: h\r\n\r\n", Answers({400}))
      .Publish(52, "LengthOfZeroIsAnEmptyEvent", Post("Content-Length: 0\r\n\r\n"),
               Answers({200}).Publishing(""));
}

void Expectations(VectorTable& table) {
  const std::string expect = "Expect: 100-continue\r\n";
  const std::string smuggled = "DELETE /channels/a HTTP/1.1\r\nHost: h\r\n\r\n";
  table
      .Publish(53, "Continue", Post(expect + "Content-Length: 2\r\n\r\nab"),
               Answers({100, 200}).Publishing("ab"))
      .Publish(53, "ContinueInChunks",
               Post(expect + "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"),
               Answers({100, 200}).Publishing("ab"))
      .Publish(53, "TooLargeWithoutA100", Post(expect + "Content-Length: 1048577\r\n\r\n"),
               Refused(413))
      .Publish(53, "NowhereWithoutA100",
               "POST /other HTTP/1.1\r\nHost: h\r\n" + expect + "Content-Length: 2\r\n\r\n",
               Refused(404))
      .Public(53, "OnAStreamWithoutA100",
              "POST /events/a HTTP/1.1\r\nHost: h\r\n" + expect + "Content-Length: 2\r\n\r\n",
              Refused(405))
      .Everywhere(53, "OtherToken", Post("Expect: 200-ok\r\nContent-Length: 2\r\n\r\nab"),
                  Refused(417))
      .Everywhere(53, "TwoTokens", Post("Expect: 100-continue, x\r\nContent-Length: 2\r\n\r\nab"),
                  Refused(417))
      .Everywhere(53, "Empty", Post("Expect: \r\nContent-Length: 2\r\n\r\nab"), Refused(417))
      .Public(53, "OtherTokenOfAStream", WithFields("Expect: the-unexpected\r\n"), Refused(417))
      .Public(53, "ContinueOfAStream", WithFields(expect), Streams())
      .Publish(53, "InHttp10", PostOf("HTTP/1.0", expect + "Content-Length: 2\r\n\r\nab"),
               Closes(200).Publishing("ab"))
      .Publish(54, "WithLengthZero",
               Post(expect + "Content-Length: 0\r\n\r\n") + Post("Content-Length: 0\r\n\r\n"),
               Answers({200, 200}).Publishing("").Publishing(""))
      .Publish(54, "RequestInABody",
               Post("Content-Length: " + std::to_string(smuggled.size()) + "\r\n\r\n" + smuggled),
               Answers({200}).Publishing("DELETE /channels/a HTTP/1.1\nHost: h\n\n"))
      .Publish(54, "LengthAndCodingWithAnExpectation",
               Post(expect + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"),
               Refused(400))
      .Public(54, "RequestBehindAReadWithALength",
              WithFields("Content-Length: 40\r\n", "/health") + Ask("/events/a"), Refused(400))
      .Public(54, "RequestBehindARefusedPost",
              "POST /events/a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n" + Ask("/health"),
              Refused(405));
}

void Connections(VectorTable& table) {
  Expected health_then_stream = Streams();
  health_then_stream.statuses = {200, 200};
  table.Public(70, "HealthThenStream", Ask("/health") + Ask("/events/a"), health_then_stream)
      .Public(70, "TwiceHealth", Ask("/health") + Ask("/health"), Answers({200, 200}))
      .Public(70, "CloseIsHeeded", WithFields("Connection: close\r\n", "/health") + Ask("/health"),
              Closes(200))
      .Publish(70, "TwoEvents",
               Post("Content-Length: 2\r\n\r\nab") + Post("Content-Length: 2\r\n\r\nab"),
               Answers({200, 200}).Publishing("ab").Publishing("ab"))
      .Public(71, "Http10", "GET /events/a HTTP/1.0\r\nHost: h\r\n\r\n",
              Streams().Without("Transfer-Encoding").Holding("Connection: close\n"))
      .Public(71, "Http10WithKeepAlive",
              "GET /events/a HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
              Streams().Without("Transfer-Encoding").Holding("Connection: close\n"));
}

std::vector<Vector> Framing() {
  VectorTable table;
  Lengths(table);
  Codings(table);
  Chunks(table);
  Sizes(table);
  Expectations(table);
  Connections(table);
  return table.AlsoFromOtherHosts().vectors();
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Framing, VectorTest, ::testing::ValuesIn(Framing()), VectorName);

}  // namespace ringcast::test
