// What a connection needs while its request is read and answered, and not a moment longer: the
// parser, bytes that arrived behind the request, and what the request asked for.
//
// Threads: the shard's. Objects are reused, so that accepting connections allocates nothing once
// the shard has seen as many requests at a time before.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/claims.h"
#include "base/index.h"
#include "protocol/proxy_header.h"
#include "protocol/request_parser.h"
#include "protocol/route_table.h"

namespace ringcast {

// What follows when a response has been sent.
enum class AfterResponse : std::uint8_t {
  kReadOn,    // the next request of the connection
  kReadBody,  // the body of this one
  kLinger,    // shut our side down, let the peer read, then close
  kClose,     // the same at once: the peer has sent nothing that was not read
};

// What is known of whether a client may have the stream that it asks for.
enum class Access : std::uint8_t {
  kAllowed,
  kAnswered,  // it may not: the answer is on its way
  kAsked,     // somebody else decides and has been asked
};

struct Handshake {
  explicit Handshake(const RequestLimits& limits) : parser(limits) {}

  ProxyHeader proxy_header;
  RequestParser parser;
  std::string pending;  // bytes of the next request
  RouteMatch match;
  std::shared_ptr<const RouteTable> routes;  // that match refers to, also after a reload
  std::optional<Claims> claims;              // of the token by which it is allowed
  bool token_in_query = false;
  std::uint32_t opening = 0;    // channels, or a sync, that the stream still waits for
  std::int64_t expires = 0;     // Unix seconds: the end of what lets it subscribe; 0: none
  bool asked_gate = false;      // by which it is watched already
  bool channels_named = false;  // by the application, in place of the route's templates
  AfterResponse after = AfterResponse::kReadOn;
};

class HandshakePool {
 public:
  // `limits`: of every request.
  explicit HandshakePool(const RequestLimits& limits) : limits_(limits) {}

  std::uint32_t Take() {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(all_.size()));
      all_.push_back(std::make_unique<Handshake>(limits_));
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    return index;
  }
  void Return(std::uint32_t index) {
    Handshake& handshake = *all_[index];
    handshake.proxy_header.Reset();
    handshake.parser.Reset();
    handshake.pending.clear();
    handshake.match = RouteMatch{};
    handshake.routes.reset();
    handshake.claims.reset();
    handshake.token_in_query = false;
    handshake.opening = 0;
    handshake.expires = 0;
    handshake.channels_named = false;
    handshake.asked_gate = false;
    handshake.after = AfterResponse::kReadOn;
    free_.push_back(index);
  }
  Handshake& operator[](std::uint32_t index) { return *all_[index]; }
  std::size_t size() const { return all_.size(); }

 private:
  const RequestLimits limits_;
  std::vector<std::unique_ptr<Handshake>> all_;
  std::vector<std::uint32_t> free_;
};

}  // namespace ringcast
