#include "fuzz/naive_request.h"

#include <algorithm>
#include <cctype>

namespace ringcast::test {
namespace {

bool IsAlnum(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 && (c & 0x80) == 0; }

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
  });
}

bool IsTarget(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] < '!' || text[i] > '~' || text[i] == '#') return false;
    if (text[i] != '%') continue;
    const auto is_hex = [&](std::size_t at) {
      return at < text.size() && std::isxdigit(static_cast<unsigned char>(text[at])) != 0;
    };
    if (!is_hex(i + 1) || !is_hex(i + 2)) return false;
  }
  return !text.empty();
}

bool IsValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
}

std::string Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return lower;
}

bool ReadRequestLine(std::string_view line, NaiveRequest& request) {
  const std::size_t first = line.find(' ');
  const std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  request.method = line.substr(0, first);
  request.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (version.size() != 8 || version.substr(0, 7) != "HTTP/1.") return false;
  request.minor = version[7];
  return IsToken(request.method) && IsTarget(request.target) && request.minor >= '0' &&
         request.minor <= '9';
}

bool ReadField(std::string_view line, NaiveRequest& request) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = line.substr(colon + 1);
  if (!IsToken(name) || !IsValue(value)) return false;
  request.fields.emplace_back(Lower(name), Trimmed(value));
  return true;
}

}  // namespace

std::size_t NaiveRequest::Count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields.begin(), fields.end(), [name](const auto& field) { return field.first == name; }));
}

std::string NaiveRequest::Joined(std::string_view name, std::string_view separator) const {
  std::string joined;
  bool first = true;
  for (const auto& [field, value] : fields) {
    if (field != name) continue;
    if (!first) joined += separator;
    joined += value;
    first = false;
  }
  return joined;
}

std::optional<NaiveRequest> ReadNaively(std::string_view wire) {
  NaiveRequest request;
  std::size_t at = 0;
  while (at < 4 && wire.substr(at, 2) == "\r\n") at += 2;
  bool in_fields = false;
  while (true) {
    const std::size_t end = wire.find("\r\n", at);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = wire.substr(at, end - at);
    if (line.find_first_of("\r\n") != std::string_view::npos) return std::nullopt;
    at = end + 2;
    if (in_fields && line.empty()) break;
    if (!(in_fields ? ReadField(line, request) : ReadRequestLine(line, request))) {
      return std::nullopt;
    }
    in_fields = true;
  }
  request.head_bytes = at;
  return request;
}

bool FramingIsSound(const NaiveRequest& request) {
  const std::size_t hosts = request.Count("host");
  const std::size_t lengths = request.Count("content-length");
  const std::size_t codings = request.Count("transfer-encoding");
  if (hosts > 1 || (hosts == 0 && request.minor != '0')) return false;
  if (lengths + codings > 1) return false;
  if (codings == 1)
    return request.minor != '0' && Lower(request.Joined("transfer-encoding")) == "chunked";
  const std::string length = request.Joined("content-length");
  return lengths == 0 ||
         (!length.empty() && length.find_first_not_of("0123456789") == std::string::npos);
}

}  // namespace ringcast::test
