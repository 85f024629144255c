#include "simulation/http_publisher.h"

#include <charconv>

namespace ringcast::simulation {
namespace {

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::size_t NumberAfter(std::string_view text, std::string_view what) {
  std::size_t number = 0;
  const std::size_t at = text.find(what);
  if (at == std::string_view::npos) return number;
  const char* const begin = text.data() + at + what.size();
  std::from_chars(begin, text.data() + text.size(), number);
  return number;
}

}  // namespace

void HttpPublisher::Post(const std::string& target, const std::string& body) {
  outgoing_ += "POST " + target +
               " HTTP/1.1\r\nHost: s\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
}

void HttpPublisher::Request() {
  constexpr std::size_t kMostUnanswered = 4;
  if (unanswered_.size() >= kMostUnanswered) return;
  Unanswered request;
  const std::uint64_t kind = calm_ ? 0 : kernel_.Between(0, 99);
  const std::string room =
      Ledger::ChannelName(static_cast<std::uint32_t>(kernel_.rng().Below(options_.channels)));
  if (kind >= 95) {
    outgoing_ += "GET /channels/" + room + " HTTP/1.1\r\nHost: s\r\n\r\n";
    request.may_be_missing = true;
  } else if (kind >= 90 && options_.deletes) {
    outgoing_ += "DELETE /channels/" + room + " HTTP/1.1\r\nHost: s\r\n\r\n";
    request.may_be_missing = true;
  } else if (kind >= 50) {
    std::string lines;
    for (std::uint64_t left = kernel_.Between(1, 12); left > 0; --left) {
      const EventKey key = NextEvent();
      lines += R"({"channel":")" + Ledger::ChannelName(key.channel) + R"(","event":")" +
               (key.ticks() ? "tick" : "tock") + R"(","data":")" + Escaped(key.Text()) + "\"}\n";
      request.keys.push_back(key);
    }
    Post("/publish", lines);
  } else {
    const EventKey key = NextEvent();
    Post("/publish/" + Ledger::ChannelName(key.channel) +
             (key.ticks()          ? "?event=tick"
              : kernel_.Chance(50) ? "?event=tock"
                                   : ""),
         key.Text());
    request.keys.push_back(key);
  }
  unanswered_.push_back(std::move(request));
}

void HttpPublisher::Rubbish() {
  outgoing_ += kernel_.Chance(50) ? "BREW / HTCPCP\r\n\r\n"
                                  : "POST /publish/a HTTP/1.1\r\nHost: s\r\n"
                                    "Content-Length: 1x\r\n\r\n";
}

void HttpPublisher::TakeAnswers(std::string& bytes) {
  for (;;) {
    const std::size_t head = bytes.find("\r\n\r\n");
    if (head == std::string::npos) return;
    const std::size_t length = NumberAfter(bytes.substr(0, head + 2), "Content-Length: ");
    if (bytes.size() < head + 4 + length) return;
    TakeAnswer(static_cast<int>(NumberAfter(bytes, "HTTP/1.1 ")),
               std::string_view(bytes).substr(head + 4, length));
    bytes.erase(0, head + 4 + length);
  }
}

void HttpPublisher::TakeAnswer(int status, std::string_view body) {
  if (unanswered_.empty() || (status != 200 && status != 404)) {
    if (!spoiled_)
      Violation("an answer to nothing: " + std::to_string(status) + " " + std::string(body));
    return;
  }
  const Unanswered request = std::move(unanswered_.front());
  unanswered_.pop_front();
  if (status == 404 && !request.may_be_missing) return Violation("not found: " + std::string(body));
  for (const EventKey& key : request.keys) {
    constexpr std::string_view kId = "{\"id\":\"";
    const std::size_t end = body.find('"', kId.size());
    const auto id = body.starts_with(kId) ? ParseEventId(body.substr(kId.size(), end - kId.size()))
                                          : std::nullopt;
    if (!id) return Violation("an event is refused: " + std::string(body.substr(0, 100)));
    Acknowledged(key, *id);
    body.remove_prefix(std::min(body.find('\n'), body.size() - 1) + 1);
  }
}

}  // namespace ringcast::simulation
