// Lines of `POST /publish`: each is accepted exactly if an independent reader of JSON accepts it,
// and says the same; a parser that is used again reads as a fresh one does; what was read can be
// written as a line that reads the same.
//
// Input: lines.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "fuzz/naive_json.h"
#include "protocol/ndjson.h"
#include "protocol/utf8.h"

namespace ringcast {
namespace {

using test::FuzzInput;
using test::NaiveLine;

bool Same(const PublishLine& one, const PublishLine& other) {
  return one.channel == other.channel && one.type == other.type && one.data == other.data &&
         one.has_key == other.has_key && one.key == other.key;
}

// "column N: why", with N within the line or just behind it.
void CheckError(const std::string& message, std::string_view line) {
  RC_CHECK(message.starts_with("column "), "an error says where");
  std::size_t digits = 0;
  const unsigned long column = std::stoul(message.substr(7), &digits);
  RC_CHECK(column >= 1 && column <= line.size() + 1, "an error is in its line");
  RC_CHECK(message.substr(7 + digits).starts_with(": ") && message.size() > 9 + digits,
           "an error says why");
}

void CheckWrittenAgain(PublishLineParser& parser, const PublishLine& read) {
  std::string text = "{\"data\":";
  test::AppendJsonString(text, read.data);
  text += ",\"event\":";
  test::AppendJsonString(text, read.type);
  text += ",\"channel\":";
  test::AppendJsonString(text, read.channel);
  if (read.has_key) {
    text += ",\"key\":";
    test::AppendJsonString(text, read.key);
  }
  text += "}";
  PublishLine again;
  RC_CHECK(parser.Parse(text, again).ok() && Same(again, read), "what is written is read");
}

void CheckLine(PublishLineParser& reused, std::string_view line) {
  PublishLineParser fresh;
  PublishLine read;
  const Status status = fresh.Parse(line, read);
  PublishLine read_again;
  const Status status_again = reused.Parse(line, read_again);
  RC_CHECK(status.ok() == status_again.ok(), "a parser keeps nothing of the line before");
  const NaiveLine naive = test::ReadLineNaively(line);
  RC_CHECK(naive.unsure || status.ok() == naive.line.has_value(), "a line is what JSON says");
  if (!status.ok()) {
    RC_CHECK(status.error().message == status_again.error().message, "an error is reproducible");
    return CheckError(status.error().message, line);
  }
  RC_CHECK(Same(read, read_again), "a parser keeps nothing of the line before");
  RC_CHECK(naive.unsure || Same(read, *naive.line), "a line says what JSON says");
  for (const std::string* text : {&read.channel, &read.type, &read.key, &read.data}) {
    RC_CHECK(IsValidUtf8(*text), "what is read is UTF-8");
  }
  CheckWrittenAgain(reused, read);
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ringcast::test::FuzzInput input(data, size);
  ringcast::PublishLineParser reused;
  while (!input.empty()) ringcast::CheckLine(reused, input.Line());
  return 0;
}
