// What a request on the public listener asks of the demo.
//
//   GET  /                              the page
//   POST /demo/publish/{channel}?event=TYPE   publishes the body
//   POST /demo/flood/{channel}          publishes kFloodEvents numbered events
//   POST /demo/end/{channel}            ends the channel and its streams
//
// Publishing is nowhere else on a public listener. Here it is for the page alone, on this machine
// alone: the listener is a loopback address (the options see to that), Host must be a name that no
// site can have, an Origin must be the listener's own, and nothing comes through a proxy.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

#include "demo/demo_orders.h"
#include "protocol/http_types.h"

namespace ringcast {

struct DemoRequest {
  enum class Kind : std::uint8_t {
    kNone,     // nothing of the demo's
    kPage,     // the page
    kOrder,    // `order` is to be carried out
    kRefused,  // with `status` and a fixed sentence
  };
  Kind kind = Kind::kNone;
  int status = 0;
  std::string_view reason;
  std::string_view allow;  // of a 405
  DemoOrder order;
};

// Whether the body that follows this head is one of an order, and to be read.
bool IsDemoOrder(const RequestHead& head);

// `body`: whole.
DemoRequest ReadDemoRequest(const RequestHead& head, std::string_view body);

}  // namespace ringcast
