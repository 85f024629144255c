#include "demo/demo_publisher.h"

#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "base/log_sink.h"
#include "client/http_answer.h"
#include "client/json_text.h"
#include "client/socket.h"

namespace ringcast {
namespace {

// How often it is looked at whether there is an end.
constexpr Millis kLookAgain{100};
// A publisher that is slowed waits; one that hangs for so long has failed.
constexpr Millis kPatience{10'000};

std::string Request(std::string_view method, std::string_view target, std::string_view body) {
  return std::string(method) + " " + std::string(target) +
         " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

void AppendLine(std::string& out, const DemoOrder& order, std::string_view data) {
  out += "{\"channel\":";
  AppendJsonString(out, order.channel);
  if (!order.type.empty()) {
    out += ",\"event\":";
    AppendJsonString(out, order.type);
  }
  out += ",\"data\":";
  AppendJsonString(out, data);
  out += "}\n";
}

}  // namespace

DemoPublisher::DemoPublisher(DemoOrders& orders, std::string publish_socket)
    : orders_(orders), publish_socket_(std::move(publish_socket)) {}

void DemoPublisher::Run() {
  while (!orders_.ended()) {
    const std::optional<DemoOrder> order = orders_.Take(kLookAgain);
    if (!order) continue;
    const Status carried = Carry(*order);
    if (carried || orders_.ended()) continue;
    const Nanos now = std::chrono::steady_clock::now().time_since_epoch();
    const LogAdmission admission = failures_.Admit(MonoTime(now));
    if (admission.admitted) {
      Log(LogLevel::kWarning,
          "demo: channel=" + order->channel + " " + carried.error().message + admission.Suffix());
    }
  }
}

Status DemoPublisher::Carry(const DemoOrder& order) {
  std::string lines;
  switch (order.kind) {
    case DemoOrder::Kind::kPublish:
      AppendLine(lines, order, order.data);
      break;
    case DemoOrder::Kind::kFlood:
      for (std::uint32_t i = 1; i <= kFloodEvents; ++i) {
        AppendLine(lines, order, std::to_string(i) + " of " + std::to_string(kFloodEvents));
      }
      break;
    case DemoOrder::Kind::kEnd:
      return Exchange(Request("DELETE", "/channels/" + order.channel, {}));
  }
  return Exchange(Request("POST", "/publish", lines));
}

// Sends while it reads: the answers to many lines may fill the socket before the last line is out.
Status DemoPublisher::Exchange(std::string_view request) {
  Result<Socket> connected = ConnectUnix(publish_socket_);
  if (!connected) return connected.error();
  const int fd = connected->fd();
  std::string answer;
  Millis quiet{0};
  for (bool open = true; open;) {
    const short ready = WaitFor(fd, request.empty() ? POLLIN : static_cast<short>(POLLIN | POLLOUT),
                                static_cast<int>(kLookAgain.count()));
    if (ready == 0) {
      quiet += kLookAgain;
      if (orders_.ended() || quiet >= kPatience) return Error{"the publish socket does not answer"};
      continue;
    }
    quiet = Millis{0};
    if ((ready & POLLOUT) != 0) {
      const ssize_t sent = ::send(fd, request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent > 0) request.remove_prefix(static_cast<std::size_t>(sent));
      if (sent < 0 && errno != EAGAIN && errno != EINTR) return Error{ErrnoText(errno)};
    }
    if ((ready & ~POLLOUT) != 0) {
      std::array<char, 16384> bytes;
      const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
      if (got > 0) answer.append(bytes.data(), static_cast<std::size_t>(got));
      if (got == 0) open = false;
      if (got < 0 && errno != EAGAIN && errno != EINTR) return Error{ErrnoText(errno)};
    }
  }
  const std::size_t end = answer.find("\r\n\r\n");
  const Result<HttpAnswer> head =
      ReadAnswerHead(std::string_view(answer).substr(0, end == std::string::npos ? 0 : end + 4));
  if (!head) return head.error();
  const std::string_view body = std::string_view(answer).substr(end + 4);
  // Of a batch each line has an answer of its own.
  const std::size_t fault = body.find("{\"error\":");
  if (head->status == 200 && fault == std::string_view::npos) return Done{};
  const std::string_view line = body.substr(fault == std::string_view::npos ? 0 : fault);
  return Error{"status=" + std::to_string(head->status) + " " +
               std::string(line.substr(0, line.find('\n')))};
}

}  // namespace ringcast
