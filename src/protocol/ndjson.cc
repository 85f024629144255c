#include "protocol/ndjson.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

namespace ringcast {
namespace {

// Lets the JSON library's writer append to a string that keeps its capacity.
class StringSink {
 public:
  using Ch = char;
  void set_out(std::string* out) { out_ = out; }
  void Put(char c) { out_->push_back(c); }
  void Flush() {}

 private:
  std::string* out_ = nullptr;
};

using CompactWriter = rapidjson::Writer<StringSink>;

constexpr std::string_view kHalfPair = "a \\u escape is half of a surrogate pair";

// The library refuses a high surrogate without its other half, but writes a low one (\uDC00 alone)
// as the three bytes ED A0..BF xx, which are no UTF-8. Other bytes of a string it validates itself.
bool HasSurrogate(std::string_view text) {
  for (std::size_t at = 0; (at = text.find('\xED', at)) != std::string_view::npos; ++at) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

// Takes the parser's calls: at depth 1 the keys of the line, below it the value of "data", which
// goes to the writer. A false return stops the parse; `fault` says why.
class LineHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, LineHandler> {
 public:
  LineHandler() : writer_(sink_) {}

  void Begin(PublishLine& out) {
    out.channel.clear();
    out.type.clear();
    out.key.clear();
    out.has_key = false;
    out.data.clear();
    out_ = &out;
    sink_.set_out(&out.data);
    writer_.Reset(sink_);
    depth_ = 0;
    key_ = LineKey::kNone;
    seen_channel_ = seen_event_ = seen_data_ = false;
    fault_ = {};
  }

  std::string_view fault() const { return fault_; }

  // What the finished line lacks, or empty.
  std::string_view Missing() const {
    if (!seen_channel_) return "\"channel\" is missing";
    if (!seen_data_) return "\"data\" is missing";
    return {};
  }

  bool Null() { return Scalar() && writer_.Null(); }
  bool Bool(bool value) { return Scalar() && writer_.Bool(value); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return Scalar() && writer_.RawValue(text, size, rapidjson::kNumberType);
  }
  // Numbers come as their text (RawNumber); in the library's other calls for them nothing is right.
  bool Default() { return false; }

  bool String(const char* text, rapidjson::SizeType size, bool) {
    if (depth_ == 0) return Fail("the line is not a JSON object");
    if (HasSurrogate({text, size})) return Fail(kHalfPair);
    if (depth_ > 1) return writer_.String(text, size);
    switch (key_) {
      case LineKey::kChannel:
        out_->channel.assign(text, size);
        return true;
      case LineKey::kEvent:
        out_->type.assign(text, size);
        return true;
      case LineKey::kKey:
        out_->key.assign(text, size);
        return true;
      case LineKey::kData:
        out_->data.assign(text, size);
        return true;
      case LineKey::kNone:
        break;
    }
    return false;
  }

  bool StartObject() {
    if (depth_ == 0) {
      depth_ = 1;
      return true;
    }
    if (!Scalar()) return false;
    ++depth_;
    return writer_.StartObject();
  }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    if (HasSurrogate({text, size})) return Fail(kHalfPair);
    if (depth_ > 1) return writer_.Key(text, size);
    const std::string_view name(text, size);
    if (name == "channel") return Take(LineKey::kChannel, seen_channel_);
    if (name == "event") return Take(LineKey::kEvent, seen_event_);
    if (name == "key") return Take(LineKey::kKey, out_->has_key);
    if (name == "data") return Take(LineKey::kData, seen_data_);
    return Fail("unknown key; a line has \"channel\", \"event\", \"key\" and \"data\"");
  }

  bool EndObject(rapidjson::SizeType) {
    --depth_;
    return depth_ == 0 || writer_.EndObject();
  }
  bool StartArray() {
    if (!Scalar()) return false;
    ++depth_;
    return writer_.StartArray();
  }
  bool EndArray(rapidjson::SizeType) {
    --depth_;
    return writer_.EndArray();
  }

 private:
  enum class LineKey { kNone, kChannel, kEvent, kKey, kData };

  bool Fail(std::string_view why) {
    fault_ = why;
    return false;
  }

  bool Take(LineKey key, bool& seen) {
    if (seen) return Fail("the key is there twice");
    seen = true;
    key_ = key;
    return true;
  }

  // Whether a value that is no string may stand here.
  bool Scalar() {
    if (depth_ == 0) return Fail("the line is not a JSON object");
    if (depth_ > 1 || key_ == LineKey::kData) return true;
    switch (key_) {
      case LineKey::kChannel:
        return Fail("\"channel\" must be a string");
      case LineKey::kEvent:
        return Fail("\"event\" must be a string");
      case LineKey::kKey:
        return Fail("\"key\" must be a string");
      case LineKey::kData:
      case LineKey::kNone:
        break;
    }
    return false;
  }

  StringSink sink_;
  CompactWriter writer_;
  PublishLine* out_ = nullptr;
  int depth_ = 0;
  LineKey key_ = LineKey::kNone;
  bool seen_channel_ = false;
  bool seen_event_ = false;
  bool seen_data_ = false;
  std::string_view fault_;
};

std::string_view DescribeParse(rapidjson::ParseErrorCode code) {
  switch (code) {
    case rapidjson::kParseErrorDocumentEmpty:
      return "the line is empty";
    case rapidjson::kParseErrorDocumentRootNotSingular:
      return "there is something after the object";
    case rapidjson::kParseErrorObjectMissName:
      return "a key in quotes is missing";
    case rapidjson::kParseErrorObjectMissColon:
      return "a colon is missing after a key";
    case rapidjson::kParseErrorObjectMissCommaOrCurlyBracket:
      return "a comma or } is missing";
    case rapidjson::kParseErrorArrayMissCommaOrSquareBracket:
      return "a comma or ] is missing";
    case rapidjson::kParseErrorStringUnicodeEscapeInvalidHex:
    case rapidjson::kParseErrorStringEscapeInvalid:
      return "an escape in a string is not valid";
    case rapidjson::kParseErrorStringUnicodeSurrogateInvalid:
      return kHalfPair;
    case rapidjson::kParseErrorStringMissQuotationMark:
      return "a string is not closed";
    case rapidjson::kParseErrorStringInvalidEncoding:
      return "a string is not valid UTF-8, or has a control character that is not escaped";
    case rapidjson::kParseErrorNumberTooBig:
      return "a number is larger than a double";
    case rapidjson::kParseErrorNumberMissFraction:
    case rapidjson::kParseErrorNumberMissExponent:
      return "a number is not valid";
    case rapidjson::kParseErrorNone:
    case rapidjson::kParseErrorValueInvalid:
    case rapidjson::kParseErrorTermination:
    case rapidjson::kParseErrorUnspecificSyntaxError:
      break;
  }
  return "this is not JSON";
}

Error At(std::size_t offset, std::string_view why) {
  std::string message = "column ";
  message += std::to_string(offset + 1);
  message += ": ";
  message += why;
  return Error{std::move(message)};
}

}  // namespace

struct PublishLineParser::State {
  rapidjson::Reader reader;
  LineHandler handler;
};

PublishLineParser::PublishLineParser() : state_(std::make_unique<State>()) {}
PublishLineParser::~PublishLineParser() = default;

Status PublishLineParser::Parse(std::string_view line, PublishLine& out) {
  constexpr unsigned kFlags = rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(line.data(), line.size());
  state_->handler.Begin(out);
  const rapidjson::ParseResult result = state_->reader.Parse<kFlags>(stream, state_->handler);
  if (!result) {
    const std::string_view fault = state_->handler.fault();
    return At(result.Offset(), fault.empty() ? DescribeParse(result.Code()) : fault);
  }
  // The stream reads as NUL at its end, so to the library a NUL after the object is the end as
  // well.
  if (stream.Tell() != line.size()) {
    return At(stream.Tell(), DescribeParse(rapidjson::kParseErrorDocumentRootNotSingular));
  }
  const std::string_view missing = state_->handler.Missing();
  if (!missing.empty()) return At(line.size(), missing);
  return Done{};
}

}  // namespace ringcast
