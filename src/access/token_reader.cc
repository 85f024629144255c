#include "access/token_reader.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "protocol/utf8.h"

namespace ringcast {
namespace {

constexpr int kMaxDepth = 16;
constexpr std::size_t kMaxMembers = 64;
// The end of the year 9999. Later ones are milliseconds taken for seconds, or worse.
constexpr std::int64_t kLatest = 253402300799;

// What header and body have in common: an object, whose members at depth 1 a derived class takes,
// and that nothing stands in twice.
template <class Derived>
class ObjectHandler : public rapidjson::BaseReaderHandler<rapidjson::UTF8<>, Derived> {
 public:
  TokenFault fault() const { return fault_; }

  bool Null() { return Other(); }
  bool Bool(bool) { return Other(); }
  bool RawNumber(const char* text, rapidjson::SizeType size, bool) {
    return depth_ > 0 && Self().OnNumber({text, size});
  }
  // Numbers come as their text (RawNumber), so none of the library's other calls is right.
  bool Default() { return false; }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view value(text, size);
    // The library lets half of an escaped surrogate pair through.
    return depth_ > 0 && IsValidUtf8(value) && Self().OnString(value);
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    const std::string_view name(text, size);
    if (!IsValidUtf8(name)) return false;
    if (depth_ != 1) return Self().OnInnerKey(name);
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) return false;
    if (names_.size() == kMaxMembers) return false;
    names_.emplace_back(name);
    return true;
  }
  bool StartObject() { return depth_ == 0 ? Deeper() : Self().OnObject() && Deeper(); }
  bool StartArray() { return depth_ > 0 && Self().OnArray() && Deeper(); }
  bool EndObject(rapidjson::SizeType) { return Shallower(); }
  bool EndArray(rapidjson::SizeType) { return Shallower(); }

 protected:
  int depth() const { return depth_; }
  // The member at depth 1 that is being read.
  const std::string& name() const { return names_.back(); }
  bool Fail(TokenFault fault) {
    fault_ = fault;
    return false;
  }

 private:
  Derived& Self() { return static_cast<Derived&>(*this); }
  bool Other() { return depth_ > 0 && Self().OnOther(); }
  bool Deeper() { return ++depth_ <= kMaxDepth; }
  bool Shallower() {
    --depth_;
    return true;
  }

  int depth_ = 0;
  std::vector<std::string> names_;
  TokenFault fault_ = TokenFault::kMalformed;
};

class HeaderHandler : public ObjectHandler<HeaderHandler> {
 public:
  TokenHeader Take() { return std::move(header_); }

  bool OnString(std::string_view value) {
    if (depth() > 1) return true;
    if (name() == "alg") header_.algorithm = value;
    if (name() == "kid") header_.kid = value;
    return NoteMember();
  }
  bool OnNumber(std::string_view) { return OnOther(); }
  bool OnOther() {
    if (depth() > 1) return true;
    return name() != "alg" && name() != "kid" && NoteMember();
  }
  bool OnObject() { return OnOther(); }
  bool OnArray() { return OnOther(); }
  bool OnInnerKey(std::string_view) { return true; }

 private:
  bool NoteMember() {
    header_.brings_key = header_.brings_key || name() == "jwk" || name() == "jku" ||
                         name() == "x5u" || name() == "x5c";
    header_.is_critical = header_.is_critical || name() == "crit";
    return true;
  }

  TokenHeader header_;
};

class BodyHandler : public ObjectHandler<BodyHandler> {
 public:
  TokenBody Take() { return std::move(body_); }

  bool OnString(std::string_view value) {
    if (depth() == 1) return OnText(value);
    if (name() == "aud") body_.audience.emplace_back(value);
    if (!InList()) return true;
    if (expects_list_) return Fail(TokenFault::kClaims);
    list_->emplace_back(value);
    return true;
  }

  bool OnNumber(std::string_view text) {
    if (depth() == 1 && name() == "exp") return TakeTime(text, body_.expires);
    if (depth() == 1 && name() == "nbf") return TakeTime(text, body_.not_before);
    return OnOther();
  }

  // A value that is no string, and no list where one may stand.
  bool OnOther() {
    const bool matters =
        depth() == 1 ? IsTime() || name() == "iss" || name() == "aud" || name() == "ringcast"
                     : name() == "aud" || InList();
    return !matters || Fail(TokenFault::kClaims);
  }

  bool OnObject() {
    if (depth() == 1 && name() == "ringcast") return true;
    return OnOther();
  }

  bool OnArray() {
    if (depth() == 1 && name() == "aud") return true;
    if (!InList() || !expects_list_) return OnOther();
    expects_list_ = false;
    return true;
  }

  // A member of "ringcast": those that are not known are left for later versions.
  bool OnInnerKey(std::string_view member) {
    if (depth() != 2 || name() != "ringcast") return true;
    list_ = nullptr;
    if (member == "subscribe") return BeginList(body_.claims.subscribe, seen_subscribe_);
    if (member == "publish") return BeginList(body_.claims.publish, seen_publish_);
    return true;
  }

 private:
  // Within the value of "subscribe" or "publish".
  bool InList() const { return depth() > 1 && name() == "ringcast" && list_ != nullptr; }
  bool IsTime() const { return name() == "exp" || name() == "nbf"; }

  bool OnText(std::string_view value) {
    if (IsTime() || name() == "ringcast") return Fail(TokenFault::kClaims);
    if (name() == "iss") body_.issuer = value;
    if (name() == "aud") body_.audience.emplace_back(value);
    body_.claims.texts.emplace_back(name(), value);
    return true;
  }

  bool BeginList(std::vector<std::string>& list, bool& seen) {
    if (seen) return false;
    seen = true;
    list_ = &list;
    expects_list_ = true;
    return true;
  }

  // Whole seconds: fractions and exponents are read differently by different readers.
  bool TakeTime(std::string_view text, std::optional<std::int64_t>& time) {
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds < 0 ||
        seconds > kLatest) {
      return Fail(TokenFault::kClaims);
    }
    time = seconds;
    return true;
  }

  TokenBody body_;
  std::vector<std::string>* list_ = nullptr;  // where the strings of such a value go
  bool expects_list_ = false;                 // its array has not begun
  bool seen_subscribe_ = false;
  bool seen_publish_ = false;
};

template <class Handler>
bool ReadObject(std::string_view json, Handler& handler) {
  constexpr unsigned kFlags = rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseIterativeFlag |
                              rapidjson::kParseNumbersAsStringsFlag;
  rapidjson::MemoryStream stream(json.data(), json.size());
  rapidjson::Reader reader;
  // At its end the stream reads as NUL, so to the library a NUL behind the object is the end too.
  return reader.Parse<kFlags>(stream, handler) && stream.Tell() == json.size();
}

}  // namespace

std::optional<TokenParts> SplitToken(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  TokenParts parts;
  parts.header = token.substr(0, first);
  parts.payload = token.substr(first + 1, second - first - 1);
  parts.signed_text = token.substr(0, second);
  parts.signature = token.substr(second + 1);
  if (parts.signature.find('.') != std::string_view::npos) return std::nullopt;
  return parts;
}

std::variant<TokenHeader, TokenFault> ReadTokenHeader(std::string_view json) {
  HeaderHandler handler;
  if (!ReadObject(json, handler)) return handler.fault();
  return handler.Take();
}

std::variant<TokenBody, TokenFault> ReadTokenBody(std::string_view json) {
  BodyHandler handler;
  if (!ReadObject(json, handler)) return handler.fault();
  return handler.Take();
}

}  // namespace ringcast
