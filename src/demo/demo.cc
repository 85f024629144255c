#include "demo/demo.h"

namespace ringcast {

HtmlPage Demo::Page(std::uint64_t nonce) const {
  HtmlPage page = MakeHtmlPage(kDemoHtml, nonce);
  FillIn(page.html, "publish-socket", publish_socket);
  return page;
}

}  // namespace ringcast
