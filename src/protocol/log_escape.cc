#include "protocol/log_escape.h"

#include <array>

#include "base/check.h"

namespace ringcast {

std::string EscapeForLog(std::string_view text, std::size_t max) {
  constexpr std::string_view kCut = "...";
  constexpr std::string_view kDigits = "0123456789abcdef";
  RC_CHECK(max >= kCut.size(), "there is room for the mark that says text was cut");

  std::string escaped;
  std::size_t cut_at = 0;  // the longest prefix of whole escapes that leaves room for the mark
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    std::array<char, 4> piece{c};
    std::size_t size = 1;
    if (c == '\\') {
      piece[1] = '\\';
      size = 2;
    } else if (byte < 0x20 || byte > 0x7e) {
      piece = {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 0xf]};
      size = 4;
    }
    if (escaped.size() + size > max) {
      escaped.resize(cut_at);
      escaped += kCut;
      return escaped;
    }
    escaped.append(piece.data(), size);
    if (escaped.size() + kCut.size() <= max) cut_at = escaped.size();
  }
  return escaped;
}

}  // namespace ringcast
