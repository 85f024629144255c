#include "admin/dashboard.h"

namespace ringcast {

HtmlPage MakeDashboard(std::uint64_t nonce) { return MakeHtmlPage(kDashboardHtml, nonce); }

}  // namespace ringcast
