#include "admin/dashboard.h"

#include <array>
#include <charconv>

namespace ringcast {

DashboardPage MakeDashboard(std::uint64_t nonce) {
  // What the file has in its place.
  constexpr std::string_view kMark = "{{nonce}}";
  std::array<char, 16> digits;
  const char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), nonce, 16).ptr;
  const std::string_view text(digits.data(), static_cast<std::size_t>(end - digits.data()));

  DashboardPage page;
  page.html = kDashboardHtml;
  for (std::size_t at = page.html.find(kMark); at != std::string::npos;
       at = page.html.find(kMark, at + text.size())) {
    page.html.replace(at, kMark.size(), text);
  }
  const std::string source = "'nonce-" + std::string(text) + "'";
  page.policy = "default-src 'none'; script-src " + source + "; style-src " + source +
                "; img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'";
  return page;
}

}  // namespace ringcast
