// What a connection needs while its request is read and answered, and not a moment longer: the
// parser, bytes that arrived behind the request, and what the request asked for.
//
// Threads: the shard's. Objects are reused, so that accepting connections allocates nothing while
// no more requests are under way at a time than lately; what a crowd has left is freed.
#pragma once

#include <algorithm>
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

// Invariants: a reference to a record stays valid until the first FreeSome() after its Return().
class HandshakePool {
 public:
  // `limits`: of every request.
  explicit HandshakePool(const RequestLimits& limits) : limits_(limits) {}

  std::uint32_t Take() {
    if (free_.empty()) {
      if (unmade_.empty()) {
        unmade_.push_back(static_cast<std::uint32_t>(all_.size()));
        all_.emplace_back();
      }
      free_.push_back(unmade_.back());
      unmade_.pop_back();
      all_[free_.back()] = std::make_unique<Handshake>(limits_);
    }
    const std::uint32_t index = free_.back();
    free_.pop_back();
    most_taken_ = std::max(most_taken_, taken());
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

  // From now on as many are kept as were taken at a time since the call before, and at least
  // `spare`; FreeSome() frees the others. Called at intervals longer than a burst's gaps.
  void Review(std::size_t spare) {
    kept_ = std::max(most_taken_, spare);
    most_taken_ = taken();
  }
  // Frees up to `most` of those that need not be kept. Returns how many.
  std::size_t FreeSome(std::size_t most) {
    std::size_t freed = 0;
    for (; freed < most && HasExcess(); ++freed) {
      all_[free_.back()].reset();
      unmade_.push_back(free_.back());
      free_.pop_back();
    }
    return freed;
  }
  bool HasExcess() const { return made() > std::max(kept_, most_taken_) && !free_.empty(); }

  // REQUIRES: taken.
  Handshake& operator[](std::uint32_t index) { return *all_[index]; }
  std::size_t made() const { return all_.size() - unmade_.size(); }
  std::size_t taken() const { return made() - free_.size(); }

 private:
  const RequestLimits limits_;
  std::vector<std::unique_ptr<Handshake>> all_;
  std::vector<std::uint32_t> free_;    // made, and not taken
  std::vector<std::uint32_t> unmade_;  // places in all_ without a record
  std::size_t most_taken_ = 0;         // at a time, since the last Review()
  std::size_t kept_ = SIZE_MAX;
};

}  // namespace ringcast
