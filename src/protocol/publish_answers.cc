#include "protocol/publish_answers.h"

#include <cstring>

#include "base/check.h"

namespace ringcast {

static_assert(sizeof(ringcast_publish_server_hello) == RINGCAST_PUBLISH_SERVER_HELLO_SIZE);
static_assert(sizeof(ringcast_publish_answer) == RINGCAST_PUBLISH_HEADER_SIZE);
static_assert(sizeof(ringcast_publish_id) == 16);

namespace {

constexpr std::size_t kIdSize = sizeof(ringcast_publish_id);

void AppendHeader(std::string& out, std::uint8_t kind, std::uint8_t code, std::size_t count,
                  std::uint64_t request, std::size_t body) {
  ringcast_publish_answer header{};
  header.length = static_cast<std::uint32_t>(RINGCAST_PUBLISH_MIN_LENGTH + body);
  header.kind = kind;
  header.code = code;
  header.count = static_cast<std::uint16_t>(count);
  header.request = request;
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
}

void AppendText(std::string& out, std::uint8_t kind, std::uint8_t code, std::uint64_t request,
                std::string_view text) {
  text = text.substr(0, RINGCAST_PUBLISH_MAX_TEXT);
  AppendHeader(out, kind, code, text.size(), request, text.size());
  out.append(text);
}

AnswerDecoder::Step Broken(std::string_view reason) {
  AnswerDecoder::Step step;
  step.status = AnswerDecoder::Status::kBroken;
  step.text = reason;
  return step;
}

}  // namespace

void AppendHello(std::string& out, std::uint32_t max_data, std::uint32_t read_ahead,
                 std::uint8_t version) {
  ringcast_publish_server_hello hello{};
  std::memcpy(hello.magic, RINGCAST_PUBLISH_MAGIC, sizeof hello.magic);
  hello.version = version;
  hello.max_data = max_data;
  hello.read_ahead = read_ahead;
  out.append(reinterpret_cast<const char*>(&hello), sizeof hello);
}

void AckBuilder::Add(std::uint64_t request, EventId id, std::string& out) {
  if (count_ > 0 && (request != first_request_ + count_ || count_ == RINGCAST_PUBLISH_MAX_ACKS)) {
    Flush(out);
  }
  if (count_ == 0) first_request_ = request;
  const ringcast_publish_id wire{id.ms, id.number};
  ids_.append(reinterpret_cast<const char*>(&wire), sizeof wire);
  ++count_;
}

void AckBuilder::Flush(std::string& out) {
  if (count_ == 0) return;
  AppendHeader(out, RINGCAST_PUBLISH_KIND_ACK, 0, count_, first_request_, ids_.size());
  out.append(ids_);
  ids_.clear();
  count_ = 0;
}

void AppendNack(std::string& out, std::uint64_t request, NackCode code, std::string_view text) {
  AppendText(out, RINGCAST_PUBLISH_KIND_NACK, static_cast<std::uint8_t>(code), request, text);
}

void AppendError(std::string& out, std::uint64_t last_request, ErrorCode code,
                 std::string_view text) {
  AppendText(out, RINGCAST_PUBLISH_KIND_ERROR, static_cast<std::uint8_t>(code), last_request, text);
}

std::optional<ServerHello> ReadServerHello(std::string_view available) {
  RC_CHECK(available.size() >= RINGCAST_PUBLISH_SERVER_HELLO_SIZE, "the whole hello is there");
  ringcast_publish_server_hello hello;
  std::memcpy(&hello, available.data(), sizeof hello);
  if (std::memcmp(hello.magic, RINGCAST_PUBLISH_MAGIC, sizeof hello.magic) != 0) {
    return std::nullopt;
  }
  return ServerHello{hello.version, hello.max_data, hello.read_ahead};
}

EventId AnswerDecoder::Step::id(std::size_t i) const {
  RC_CHECK(i < count, "an id for each acknowledged request");
  ringcast_publish_id wire;
  std::memcpy(&wire, ids.data() + i * kIdSize, sizeof wire);
  return {wire.milliseconds, wire.number};
}

AnswerDecoder::Step AnswerDecoder::Next(std::string_view available) const {
  Step step;
  if (available.size() < RINGCAST_PUBLISH_HEADER_SIZE) return step;
  ringcast_publish_answer header;
  std::memcpy(&header, available.data(), sizeof header);

  // What the length must be follows from the kind and the count, so a length that claims anything
  // else never makes a client wait for it or make room for it.
  std::size_t body = 0;
  Status status = Status::kBroken;
  switch (header.kind) {
    case RINGCAST_PUBLISH_KIND_ACK:
      if (header.count == 0 || header.count > RINGCAST_PUBLISH_MAX_ACKS) {
        return Broken("the server sent an ack of an impossible size");
      }
      status = Status::kAck;
      body = header.count * kIdSize;
      break;
    case RINGCAST_PUBLISH_KIND_NACK:
    case RINGCAST_PUBLISH_KIND_ERROR:
      if (header.count > RINGCAST_PUBLISH_MAX_TEXT) {
        return Broken("the server sent a reason of an impossible size");
      }
      status = header.kind == RINGCAST_PUBLISH_KIND_NACK ? Status::kNack : Status::kError;
      body = header.count;
      break;
    default:
      return Broken("the server sent an answer of an unknown kind");
  }
  if (header.length != RINGCAST_PUBLISH_MIN_LENGTH + body) {
    return Broken("the server sent an answer with a wrong length");
  }
  if (available.size() - RINGCAST_PUBLISH_HEADER_SIZE < body) return step;

  step.status = status;
  step.consumed = RINGCAST_PUBLISH_HEADER_SIZE + body;
  step.request = header.request;
  const std::string_view content = available.substr(RINGCAST_PUBLISH_HEADER_SIZE, body);
  if (status == Status::kAck) {
    step.count = header.count;
    step.ids = content;
  } else {
    step.code = header.code;
    step.text = content;
  }
  return step;
}

}  // namespace ringcast
