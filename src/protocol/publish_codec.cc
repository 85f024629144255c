#include "protocol/publish_codec.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace ringcast {

static_assert(std::endian::native == std::endian::little,
              "the structs of <ringcast/publish.h> are the wire format on little-endian machines");
static_assert(sizeof(ringcast_publish_client_hello) == RINGCAST_PUBLISH_CLIENT_HELLO_SIZE);
static_assert(sizeof(ringcast_publish_frame) == RINGCAST_PUBLISH_HEADER_SIZE);
static_assert(sizeof(ringcast_publish_once_frame) == RINGCAST_PUBLISH_HEADER_SIZE);
static_assert(RINGCAST_PUBLISH_MAX_KEY == kMaxIdempotencyKeySize);
static_assert(RINGCAST_PUBLISH_MAX_LENGTH >= RINGCAST_PUBLISH_MIN_LENGTH + kMaxChannelNameSize +
                                                 kMaxEventTypeSize + kMaxIdempotencyKeySize +
                                                 kHardMaxDataSize);

namespace {

// Bytes that a frame's header counts in its length.
constexpr std::uint32_t kLengthOfHeader = RINGCAST_PUBLISH_MIN_LENGTH;

// The lengths in a frame's header, of either kind.
struct Lengths {
  std::size_t channel;
  std::size_t type;
  std::size_t key;
  std::size_t names() const { return channel + type + key; }
};

// REQUIRES: the whole header.
Lengths LengthsOf(std::string_view frame) {
  ringcast_publish_once_frame header;
  std::memcpy(&header, frame.data(), sizeof header);
  if (header.kind == RINGCAST_PUBLISH_KIND_ONCE) {
    return {header.channel_length, header.type_length, header.key_length};
  }
  // The two bytes are one number there.
  return {static_cast<std::size_t>(header.key_length) << 8 | header.channel_length,
          header.type_length, 0};
}

PublishDecoder::Step Refused(PublishDecoder::Step step, NackCode code, std::string_view reason) {
  step.status = PublishDecoder::Status::kRefused;
  step.code = code;
  step.reason = reason;
  return step;
}

}  // namespace

NackCode NackCodeOf(EventError error) {
  switch (error) {
    case EventError::kTypeHasControl:
    case EventError::kTypeNotUtf8:
    case EventError::kTypeTooLong:
      return NackCode::kType;
    case EventError::kDataNotUtf8:
      return NackCode::kData;
    case EventError::kDataTooLarge:
      return NackCode::kTooLarge;
    case EventError::kNone:
      break;
  }
  RC_CHECK(false, "only an event that is refused has a nack");
}

HelloStatus ReadClientHello(std::string_view available, std::uint8_t* version) {
  constexpr std::string_view kMagic(RINGCAST_PUBLISH_MAGIC, RINGCAST_PUBLISH_MAGIC_SIZE);
  const std::string_view magic = available.substr(0, kMagic.size());
  if (magic != kMagic.substr(0, magic.size())) return HelloStatus::kNotHello;
  if (available.size() < RINGCAST_PUBLISH_CLIENT_HELLO_SIZE) return HelloStatus::kNeedMore;
  ringcast_publish_client_hello hello;
  std::memcpy(&hello, available.data(), sizeof hello);
  if (hello.version != RINGCAST_PUBLISH_VERSION && hello.version != RINGCAST_PUBLISH_VERSION_KEYS) {
    return HelloStatus::kWrongVersion;
  }
  // The zeros are room for a later version; a peer that sets them speaks something else.
  for (const std::uint8_t byte : hello.zero) {
    if (byte != 0) return HelloStatus::kNotHello;
  }
  if (version != nullptr) *version = hello.version;
  return HelloStatus::kOk;
}

void AppendClientHello(std::string& out, std::uint8_t version) {
  ringcast_publish_client_hello hello{};
  std::memcpy(hello.magic, RINGCAST_PUBLISH_MAGIC, sizeof hello.magic);
  hello.version = version;
  out.append(reinterpret_cast<const char*>(&hello), sizeof hello);
}

PublishDecoder::PublishDecoder(PublishLimits limits) { SetLimits(limits); }

void PublishDecoder::SetLimits(PublishLimits limits) {
  RC_CHECK(limits.max_data <= kHardMaxDataSize, "a frame's length field bounds the data");
  limits_ = limits;
}

PublishDecoder::Step PublishDecoder::Next(std::string_view available) {
  if (broken_) return Broken(broken_error_, broken_reason_, 0);

  std::size_t skipped = 0;
  if (skip_ > 0) {
    skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, available.size()));
    skip_ -= skipped;
    available.remove_prefix(skipped);
  }
  Step step;
  step.consumed = skipped;
  if (available.size() < RINGCAST_PUBLISH_HEADER_SIZE) {
    // A length that no frame can have is told at once: the rest of its header may never come.
    if (available.size() >= sizeof(std::uint32_t)) {
      std::uint32_t length;
      std::memcpy(&length, available.data(), sizeof length);
      if (length < kLengthOfHeader || length > RINGCAST_PUBLISH_MAX_LENGTH) {
        return Broken(ErrorCode::kLength, "the frame has an impossible length", skipped);
      }
    }
    return step;
  }

  ringcast_publish_frame header;
  std::memcpy(&header, available.data(), sizeof header);
  if (header.length < kLengthOfHeader || header.length > RINGCAST_PUBLISH_MAX_LENGTH) {
    return Broken(ErrorCode::kLength, "the frame has an impossible length", skipped);
  }
  const bool once = keys_allowed_ && header.kind == RINGCAST_PUBLISH_KIND_ONCE;
  if (header.kind != RINGCAST_PUBLISH_KIND_PUBLISH && !once) {
    return Broken(ErrorCode::kKind, "the frame is of an unknown kind", skipped);
  }
  if (started_ && header.request != last_request_ + 1) {
    return Broken(ErrorCode::kSequence, "the request number does not follow the one before",
                  skipped);
  }
  const std::size_t body = header.length - kLengthOfHeader;
  const Lengths lengths = LengthsOf(available);
  const std::size_t names = lengths.names();
  if (names > body) {
    return Broken(ErrorCode::kLength, "the frame is too short for its channel and type", skipped);
  }

  step.request = header.request;
  const std::size_t data_size = body - names;
  const bool oversized = data_size > limits_.max_data;
  const bool bad_key = once && lengths.key > kMaxIdempotencyKeySize;
  if (oversized || bad_key || lengths.channel > kMaxChannelNameSize) {
    // Refused by its header alone: what follows is dropped as it comes and never held.
    started_ = true;
    last_request_ = header.request;
    const std::size_t frame = RINGCAST_PUBLISH_HEADER_SIZE + body;
    const std::size_t here = std::min(frame, available.size());
    skip_ = frame - here;
    step.consumed += here;
    if (oversized) {
      return Refused(step, NackCode::kTooLarge, Describe(EventError::kDataTooLarge));
    }
    if (bad_key) return Refused(step, NackCode::kKey, kIdempotencyKeyFault);
    return Refused(step, NackCode::kChannel, "the channel name is longer than 255 bytes");
  }
  if (available.size() - RINGCAST_PUBLISH_HEADER_SIZE < body) {
    step.request = 0;
    return step;
  }

  started_ = true;
  last_request_ = header.request;
  step.consumed += RINGCAST_PUBLISH_HEADER_SIZE + body;
  std::string_view rest = available.substr(RINGCAST_PUBLISH_HEADER_SIZE, body);
  step.channel = rest.substr(0, lengths.channel);
  rest.remove_prefix(lengths.channel);
  step.type = rest.substr(0, lengths.type);
  rest.remove_prefix(lengths.type);
  step.key = rest.substr(0, lengths.key);
  step.data = rest.substr(lengths.key);

  const std::string_view name_error = ChannelNameError(step.channel);
  if (!name_error.empty()) return Refused(step, NackCode::kChannel, name_error);
  if (once && !IsValidIdempotencyKey(step.key)) {
    return Refused(step, NackCode::kKey, kIdempotencyKeyFault);
  }
  const EventError error = ValidateEvent({step.type, step.data}, limits_.max_data);
  if (error != EventError::kNone) return Refused(step, NackCodeOf(error), Describe(error));
  step.status = Status::kFrame;
  return step;
}

std::size_t PublishDecoder::Peek(std::string_view available,
                                 std::span<std::string_view> channels) const {
  if (broken_ || skip_ > 0) return 0;
  std::size_t count = 0;
  while (count < channels.size() && available.size() >= RINGCAST_PUBLISH_HEADER_SIZE) {
    ringcast_publish_frame header;
    std::memcpy(&header, available.data(), sizeof header);
    if (header.length < kLengthOfHeader) break;
    const std::size_t body = header.length - kLengthOfHeader;
    const std::size_t channel = LengthsOf(available).channel;
    available.remove_prefix(RINGCAST_PUBLISH_HEADER_SIZE);
    if (body > available.size() || channel > body) break;
    channels[count++] = available.substr(0, channel);
    available.remove_prefix(body);
  }
  return count;
}

PublishDecoder::Step PublishDecoder::Broken(ErrorCode error, std::string_view reason,
                                            std::size_t consumed) {
  broken_ = true;
  broken_error_ = error;
  broken_reason_ = reason;
  Step step;
  step.status = Status::kBroken;
  step.consumed = consumed;
  step.request = last_request_;
  step.error = error;
  step.reason = reason;
  return step;
}

void AppendPublish(std::string& out, std::uint64_t request, std::string_view channel,
                   const Event& event, std::string_view key) {
  const std::size_t length =
      kLengthOfHeader + channel.size() + event.type.size() + key.size() + event.data.size();
  RC_CHECK(channel.size() <= (key.empty() ? 0xFFFFu : 0xFFu) && event.type.size() <= 0xFF &&
               key.size() <= 0xFF && length <= RINGCAST_PUBLISH_MAX_LENGTH,
           "a publish frame's fields fit their lengths");
  // Without a key the upper byte of the channel's length stands where the key's would.
  ringcast_publish_once_frame header{};
  header.length = static_cast<std::uint32_t>(length);
  header.kind = key.empty() ? RINGCAST_PUBLISH_KIND_PUBLISH : RINGCAST_PUBLISH_KIND_ONCE;
  header.type_length = static_cast<std::uint8_t>(event.type.size());
  header.channel_length = static_cast<std::uint8_t>(channel.size());
  header.key_length = static_cast<std::uint8_t>(key.empty() ? channel.size() >> 8 : key.size());
  header.request = request;
  out.append(reinterpret_cast<const char*>(&header), sizeof header);
  out.append(channel);
  out.append(event.type);
  out.append(key);
  out.append(event.data);
}

}  // namespace ringcast
