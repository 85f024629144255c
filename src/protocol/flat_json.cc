#include "protocol/flat_json.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <utility>

namespace ringcast {
namespace {

bool IsPrintable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

// Takes the parser's calls. A false return stops the parse; `fault` says why.
class FlatHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, FlatHandler> {
 public:
  FlatJson TakeMembers() { return std::move(members_); }
  const std::string& fault() const { return fault_; }

  bool StartObject() {
    if (!open_) return open_ = true;
    return WrongValue();
  }
  bool EndObject(rapidjson::SizeType) { return true; }

  bool Key(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view key(text, size);
    if (!IsPrintable(key)) return Fail("a key has a character that no key has");
    const bool twice = std::any_of(members_.begin(), members_.end(),
                                   [key](const auto& member) { return member.first == key; });
    if (twice) return Fail(std::string(key) + ": stands twice; keep one");
    members_.emplace_back(key, "");
    return true;
  }

  bool String(const char* text, rapidjson::SizeType size, bool) { return Value({text, size}); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) { return Value({text, size}); }
  // Whatever else there is in JSON.
  bool Default() { return WrongValue(); }
  bool StartArray() { return WrongValue(); }

 private:
  bool Value(std::string_view text) {
    if (!open_) return WrongValue();
    if (!IsPrintable(text)) {
      return Fail(members_.back().first + ": has a character that no value has");
    }
    members_.back().second = text;
    return true;
  }

  bool WrongValue() {
    if (members_.empty()) return Fail("the body is no JSON object");
    return Fail(members_.back().first + ": takes a text or a number");
  }

  bool Fail(std::string why) {
    fault_ = std::move(why);
    return false;
  }

  FlatJson members_;
  bool open_ = false;
  std::string fault_;
};

}  // namespace

Result<FlatJson> ReadFlatJson(std::string_view json) {
  FlatHandler handler;
  rapidjson::Reader reader;
  rapidjson::MemoryStream stream(json.data(), json.size());
  constexpr unsigned kFlags = rapidjson::kParseNumbersAsStringsFlag |
                              rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseIterativeFlag;
  if (reader.Parse<kFlags>(stream, handler)) return handler.TakeMembers();
  if (!handler.fault().empty()) return Error{handler.fault()};
  return Error{"the body is not valid JSON, at byte " +
               std::to_string(reader.GetErrorOffset() + 1)};
}

}  // namespace ringcast
