#include "access/token_maker.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string_view>

#include "access/base64url.h"

namespace ringcast {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void Text(Writer& writer, std::string_view text) {
  writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void Member(Writer& writer, std::string_view name, std::string_view text) {
  Text(writer, name);
  Text(writer, text);
}

void List(Writer& writer, std::string_view name, const std::vector<std::string>& items) {
  if (items.empty()) return;
  Text(writer, name);
  writer.StartArray();
  for (const std::string& item : items) Text(writer, item);
  writer.EndArray();
}

std::string Header(const TokenKey& key, const std::string& kid) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  Member(writer, "alg", Name(key.algorithm()));
  Member(writer, "typ", "JWT");
  if (!kid.empty()) Member(writer, "kid", kid);
  writer.EndObject();
  return buffer.GetString();
}

std::string Payload(const TokenContent& content) {
  rapidjson::StringBuffer buffer;
  Writer writer(buffer);
  writer.StartObject();
  for (const auto& [name, text] : content.claims.texts) Member(writer, name, text);
  if (!content.audience.empty()) Member(writer, "aud", content.audience);
  Text(writer, "iat");
  writer.Int64(content.issued);
  Text(writer, "exp");
  writer.Int64(content.claims.expires);
  Text(writer, "ringcast");
  writer.StartObject();
  List(writer, "subscribe", content.claims.subscribe);
  List(writer, "publish", content.claims.publish);
  writer.EndObject();
  writer.EndObject();
  return buffer.GetString();
}

}  // namespace

Result<std::string> MakeToken(const TokenContent& content, const TokenKey& key,
                              const std::string& kid) {
  std::string token = EncodeBase64Url(Header(key, kid.empty() ? key.kid() : kid));
  token += '.';
  token += EncodeBase64Url(Payload(content));
  const Result<std::string> signature = key.Sign(token);
  if (!signature) return signature;
  token += '.';
  token += EncodeBase64Url(*signature);
  return token;
}

}  // namespace ringcast
