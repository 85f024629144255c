// What the fields of a request head mean: Host, framing, expectations, and what a subscription
// needs. Fields come in as pieces of names and values; the judgement falls once, at the end of the
// head, so that it does not depend on how the bytes were split.
//
// Threads: one object belongs to one thread.
// Invariants: no field takes away the meaning of another (`Connection: host` does nothing to Host,
// RFC 9110 7.6.1); no more bytes are kept than the head had.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/accept_field.h"
#include "protocol/http_types.h"

namespace ringcast {

// An answer that ends the connection; status 0: none.
struct HeadFault {
  int status = 0;
  std::string_view reason;
};

class HeadFields {
 public:
  void NamePiece(std::string_view piece);
  void ValuePiece(std::string_view piece);
  // The field is whole.
  void EndField();

  // Judges all fields and writes what they say into head. REQUIRES: head.method, http_1_0 are set.
  // max_body: bytes; 0: the listener takes no bodies.
  HeadFault Finish(RequestHead& head, std::size_t max_body);

  // Forgets everything but the capacity of its buffers.
  void Reset();

 private:
  // Each of these keeps how often the field came, and its raw values, joined.
  struct Field {
    unsigned count = 0;
    std::string value;
    void Add(std::string_view raw);
    void Reset();
  };

  HeadFault JudgeHost(RequestHead& head) const;
  HeadFault JudgeFraming(RequestHead& head) const;
  HeadFault JudgeTransferEncoding() const;
  HeadFault JudgeBody(RequestHead& head, std::size_t max_body) const;

  // The longest name that matters is Access-Control-Request-Private-Network with 38 bytes.
  static constexpr std::size_t kMaxNameBytes = 40;

  std::array<char, kMaxNameBytes> name_{};
  std::size_t name_size_ = 0;  // true size, may exceed the array
  std::string value_;

  Field host_;
  Field content_length_;
  Field transfer_encoding_;
  Field expect_;
  Field last_event_id_;
  Field origin_;
  Field forwarded_for_;
  AcceptField accept_;
  bool close_ = false;
  bool request_method_ = false;
  bool private_network_ = false;
  bool disguised_framing_ = false;
};

}  // namespace ringcast
