// The demo's page and what it asks for (src/demo), on a server that was started with it.
namespace ringcast {

// Of a request whose head is there.
template <class RingT>
bool Shard<RingT>::IsForDemo(std::uint32_t slot) {
  const Handshake& handshake = handshakes_[connections_[slot].handshake];
  return options_.demo != nullptr && IsDemoOrder(handshake.parser.head());
}

// As TakeBody().
template <class RingT>
bool Shard<RingT>::TakeDemoBody(std::uint32_t slot) {
  RequestParser& parser = handshakes_[connections_[slot].handshake].parser;
  if (parser.head().content_length.value_or(0) > kMaxDemoDataBytes) {
    Refuse(slot, 413, "The body is too large.");
    return false;
  }
  parser.LimitBody(kMaxDemoDataBytes);
  return true;
}

// False: the request is nothing of the demo's, and is not answered.
template <class RingT>
bool Shard<RingT>::AnswerDemo(std::uint32_t slot) {
  if (options_.demo == nullptr) return false;
  const Connection& connection = connections_[slot];
  const RequestParser& parser = handshakes_[connection.handshake].parser;
  const RequestHead& head = parser.head();
  DemoRequest request = ReadDemoRequest(head, parser.body());
  if (request.kind == DemoRequest::Kind::kNone) return false;

  if (request.kind == DemoRequest::Kind::kOrder) {
    switch (options_.demo->orders.Put(std::move(request.order), now_)) {
      case DemoOrders::Outcome::kTaken:
        break;
      case DemoOrders::Outcome::kTooFast:
        request.status = 429;
        request.reason = "The demo publishes a thousand events a second.";
        break;
      case DemoOrders::Outcome::kFull:
        request.status = 503;
        request.reason = "The publisher is behind; try again.";
        break;
    }
  }
  std::string body = "accepted\n";
  SimpleResponse response;
  response.status = 202;
  response.keep_alive = head.keep_alive && !connection.Has(connection_flag::kOverload);
  response.head_only = head.method == HttpMethod::kHead;
  response.http_date = DateNow();
  HtmlPage page;
  std::array<HeaderField, 4> fields;
  if (request.kind == DemoRequest::Kind::kPage) {
    page = options_.demo->Page(RandomBits());
    fields = {{{"Content-Security-Policy", page.policy},
               {"Cache-Control", "no-store"},
               {"X-Content-Type-Options", "nosniff"},
               {"Referrer-Policy", "no-referrer"}}};
    body = page.html;
    response.status = 200;
    response.content_type = "text/html; charset=utf-8";
    response.extra = fields;
  } else if (request.status != 0) {
    body = ErrorBody(request.status, request.reason);
    response.status = request.status;
    response.allow = request.allow;
  }
  response.body = body;
  scratch_.clear();
  AppendSimpleResponse(scratch_, response);
  Respond(slot, response.keep_alive ? AfterResponse::kReadOn : AfterResponse::kLinger);
  return true;
}

}  // namespace ringcast
