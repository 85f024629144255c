// The demo of `serve --demo`: a page that subscribes and publishes, for a first look.
//
// Threads: page() from any; orders as its header says.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "demo/demo_orders.h"
#include "protocol/html_page.h"

namespace ringcast {

struct Demo {
  std::string publish_socket;  // the path that the page's examples name
  DemoOrders orders;

  explicit Demo(std::string path) : publish_socket(std::move(path)) {}
  // `nonce`: 64 random bits, fresh for each answer.
  HtmlPage Page(std::uint64_t nonce) const;
};

// The file as it is; made by the build.
extern const std::string_view kDemoHtml;

}  // namespace ringcast
