#include "client/json_text.h"

#include "protocol/utf8.h"

namespace ringcast {
namespace {

void AppendEscaped(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  out += "\\u00";
  out += kHex[byte >> 4];
  out += kHex[byte & 15];
}

// The longest valid sequence of one character at the start, or 0.
std::size_t CharacterSize(std::string_view text) {
  for (std::size_t size = 1; size <= 4 && size <= text.size(); ++size) {
    if (IsValidUtf8(text.substr(0, size))) return size;
  }
  return 0;
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  const bool valid = IsValidUtf8(text);
  out += '"';
  std::size_t plain = 0;  // start of the bytes that go over as they are
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    std::size_t size = 1;
    if (byte >= 0x80) {
      if (valid || (size = CharacterSize(text.substr(i))) > 0) {
        i += size;
        continue;
      }
    } else if (byte >= 0x20 && byte != '"' && byte != '\\') {
      ++i;
      continue;
    }
    out.append(text.substr(plain, i - plain));
    if (byte >= 0x80) {
      out += "\xEF\xBF\xBD";
    } else {
      AppendEscaped(out, text[i]);
    }
    plain = ++i;
  }
  out.append(text.substr(plain));
  out += '"';
}

}  // namespace ringcast
