#include "protocol/html_page.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace ringcast {
namespace {

std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace

void FillIn(std::string& html, std::string_view name, std::string_view value) {
  const std::string mark = "{{" + std::string(name) + "}}";
  const std::string text = Escaped(value);
  for (std::size_t at = html.find(mark); at != std::string::npos;
       at = html.find(mark, at + text.size())) {
    html.replace(at, mark.size(), text);
  }
}

HtmlPage MakeHtmlPage(std::string_view file, std::uint64_t nonce) {
  std::array<char, 16> digits;
  const char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), nonce, 16).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));

  HtmlPage page;
  page.html = file;
  FillIn(page.html, "nonce", text);
  const std::string source = "'nonce-" + std::string(text) + "'";
  page.policy = "default-src 'none'; script-src " + source + "; style-src " + source +
                "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'";
  return page;
}

}  // namespace ringcast
