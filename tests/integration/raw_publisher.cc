#include "integration/raw_publisher.h"

#include <utility>

namespace ringcast::test {
namespace {

constexpr std::size_t kHelloBytes = 16;
constexpr std::size_t kHeaderBytes = 16;
constexpr std::size_t kIdBytes = 16;

void AppendLittleEndian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

std::uint64_t LittleEndian(std::string_view bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = size - 1; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
  }
  return value;
}

}  // namespace

Result<RawPublisher> RawPublisher::ConnectSilently(const std::string& socket_path) {
  Result<HttpClient> connection = HttpClient::ConnectUnix(socket_path, std::chrono::seconds(5));
  if (!connection) return connection.error();
  return RawPublisher(std::move(*connection));
}

Result<RawPublisher> RawPublisher::Connect(const std::string& socket_path, int version) {
  Result<RawPublisher> publisher = ConnectSilently(socket_path);
  if (!publisher) return publisher;
  const Deadline deadline = std::chrono::seconds(5);
  const Status sent = publisher->Send(Hello(version), deadline);
  if (!sent) return sent.error();
  const Status hello = publisher->ReadHello(deadline, version);
  if (!hello) return hello.error();
  return publisher;
}

std::string RawPublisher::Hello(int version) {
  std::string hello = "\xC5RCP";
  hello.push_back(static_cast<char>(version));
  hello.append(3, '\0');
  return hello;
}

std::string RawPublisher::Header(std::uint32_t length, int kind, int type_length,
                                 int channel_length, std::uint64_t request) {
  std::string header;
  AppendLittleEndian(header, length, 4);
  AppendLittleEndian(header, static_cast<std::uint64_t>(kind), 1);
  AppendLittleEndian(header, static_cast<std::uint64_t>(type_length), 1);
  AppendLittleEndian(header, static_cast<std::uint64_t>(channel_length), 2);
  AppendLittleEndian(header, request, 8);
  return header;
}

std::string RawPublisher::Frame(std::uint64_t request, std::string_view channel,
                                std::string_view type, std::string_view data) {
  const std::size_t length = 12 + channel.size() + type.size() + data.size();
  std::string frame = Header(static_cast<std::uint32_t>(length), 1, static_cast<int>(type.size()),
                             static_cast<int>(channel.size()), request);
  return frame.append(channel).append(type).append(data);
}

std::string RawPublisher::KeyedFrame(std::uint64_t request, std::string_view channel,
                                     std::string_view key, std::string_view data) {
  const std::size_t length = 12 + channel.size() + key.size() + data.size();
  const std::size_t names = channel.size() | key.size() << 8;
  std::string frame =
      Header(static_cast<std::uint32_t>(length), 2, 0, static_cast<int>(names), request);
  return frame.append(channel).append(key).append(data);
}

Status RawPublisher::Send(std::string_view bytes, Deadline deadline) {
  return connection_.Send(bytes, deadline);
}

Status RawPublisher::Fill(std::size_t bytes, Deadline deadline) {
  while (buffer_.size() < bytes) {
    const Result<std::string> piece = connection_.ReadSome(deadline);
    if (!piece) return piece.error();
    if (piece->empty()) return Error{"the server closed the connection"};
    buffer_ += *piece;
  }
  return Done{};
}

Status RawPublisher::ReadHello(Deadline deadline, int version) {
  const Status filled = Fill(kHelloBytes, deadline);
  if (!filled) return filled;
  if (std::string_view(buffer_).substr(0, 8) != Hello(version)) return Error{"not a hello"};
  max_data_ = static_cast<std::uint32_t>(LittleEndian(buffer_, 8, 4));
  buffer_.erase(0, kHelloBytes);
  return Done{};
}

Result<RawPublisher::Answer> RawPublisher::Next(Deadline deadline) {
  Status filled = Fill(kHeaderBytes, deadline);
  if (!filled) return filled.error();
  const std::size_t length = LittleEndian(buffer_, 0, 4);
  const auto count = static_cast<std::size_t>(LittleEndian(buffer_, 6, 2));
  Answer answer;
  answer.kind = static_cast<int>(LittleEndian(buffer_, 4, 1));
  answer.code = static_cast<int>(LittleEndian(buffer_, 5, 1));
  answer.request = LittleEndian(buffer_, 8, 8);
  const bool is_ack = answer.kind == kAck;
  if (!is_ack && answer.kind != kNack && answer.kind != kError) return Error{"unknown answer"};
  const std::size_t body = is_ack ? count * kIdBytes : count;
  if (length != 12 + body) return Error{"the answer's length is wrong"};
  filled = Fill(kHeaderBytes + body, deadline);
  if (!filled) return filled.error();
  for (std::size_t i = 0; is_ack && i < count; ++i) {
    const std::size_t at = kHeaderBytes + i * kIdBytes;
    answer.ids.push_back(std::to_string(LittleEndian(buffer_, at, 8)) + "-" +
                         std::to_string(LittleEndian(buffer_, at + 8, 8)));
  }
  if (!is_ack) answer.text = buffer_.substr(kHeaderBytes, body);
  buffer_.erase(0, kHeaderBytes + body);
  return answer;
}

Result<std::vector<std::string>> RawPublisher::ReadIds(std::size_t count, Deadline deadline) {
  std::vector<std::string> ids;
  while (ids.size() < count) {
    Result<Answer> answer = Next(deadline);
    if (!answer) return answer.error();
    if (answer->kind != kAck) return Error{"not acknowledged: " + answer->text};
    ids.insert(ids.end(), answer->ids.begin(), answer->ids.end());
  }
  if (ids.size() > count) return Error{"more ids than requests"};
  return ids;
}

bool RawPublisher::AtEnd(Deadline deadline) {
  if (!buffer_.empty()) return false;
  const Result<std::string> piece = connection_.ReadSome(deadline);
  return piece.ok() && piece->empty();
}

}  // namespace ringcast::test
