#include "integration/json.h"

#include <rapidjson/document.h>

#include <stdexcept>
#include <utility>

namespace ringcast::test {
namespace {

const rapidjson::Value& ValueOf(const void* value) {
  return *static_cast<const rapidjson::Value*>(value);
}

[[noreturn]] void Fail(const std::string& what) { throw std::runtime_error("JSON: " + what); }

const rapidjson::Value* Find(const void* value, std::string_view key) {
  const rapidjson::Value& object = ValueOf(value);
  if (!object.IsObject()) Fail("not an object, so without " + std::string(key));
  const auto found =
      object.FindMember(rapidjson::Value(key.data(), static_cast<rapidjson::SizeType>(key.size())));
  return found == object.MemberEnd() ? nullptr : &found->value;
}

}  // namespace

struct Json::Document {
  rapidjson::Document tree;
};

Json Json::Parse(std::string_view text) {
  auto document = std::make_shared<Document>();
  document->tree.Parse(text.data(), text.size());
  if (document->tree.HasParseError()) Fail("this is not JSON: " + std::string(text));
  const void* root = &static_cast<const rapidjson::Value&>(document->tree);
  return Json(std::move(document), root);
}

Json Json::operator[](std::string_view key) const {
  const rapidjson::Value* found = Find(value_, key);
  if (found == nullptr) Fail("no key " + std::string(key));
  return Json(document_, found);
}

Json Json::operator[](std::size_t index) const {
  const rapidjson::Value& array = ValueOf(value_);
  if (!array.IsArray() || index >= array.Size()) Fail("no element " + std::to_string(index));
  return Json(document_, &array[static_cast<rapidjson::SizeType>(index)]);
}

bool Json::Has(std::string_view key) const { return Find(value_, key) != nullptr; }

std::size_t Json::size() const {
  const rapidjson::Value& value = ValueOf(value_);
  if (value.IsArray()) return value.Size();
  if (value.IsObject()) return value.MemberCount();
  Fail("no array and no object");
}

std::uint64_t Json::Number() const {
  if (!ValueOf(value_).IsUint64()) Fail("not a whole number");
  return ValueOf(value_).GetUint64();
}

std::string Json::Text() const {
  const rapidjson::Value& value = ValueOf(value_);
  if (!value.IsString()) Fail("not a string");
  return {value.GetString(), value.GetStringLength()};
}

bool Json::IsNull() const { return ValueOf(value_).IsNull(); }

}  // namespace ringcast::test
