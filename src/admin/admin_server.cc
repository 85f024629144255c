#include "admin/admin_server.h"

#include "admin/metrics.h"
#include "admin/stats_json.h"
#include "protocol/response_head.h"
#include "sequencer/sequencer.h"
#include "uring/clock.h"
#include "uring/tag.h"

namespace ringcast {
namespace {

enum class Operation : std::uint8_t { kAccept = 1, kReceive, kSend, kShutdown, kWakeResult };

std::uint64_t TagOf(Operation operation, std::uint32_t index = 0) {
  return Tag{static_cast<std::uint8_t>(operation), 0, index}.Pack();
}

// For a request to arrive, and for its answer to be read.
constexpr Millis kPatience{10'000};

}  // namespace

AdminServer::AdminServer(Ring& ring, int listener, ServerView view)
    : ring_(ring),
      listener_(listener),
      view_(std::move(view)),
      connections_(kMostConnections),
      completions_(256) {}

void AdminServer::Tick() {
  if (!accepting_) {
    accepting_ = true;
    ring_.AcceptPlain(File::Descriptor(listener_), TagOf(Operation::kAccept));
  }
  ring_.SubmitAndWait(1, Millis(200));
  for (std::size_t count = ring_.Reap(completions_); count > 0; count = ring_.Reap(completions_)) {
    for (std::size_t i = 0; i < count; ++i) {
      const Completion& completion = completions_[i];
      const Tag tag = Tag::Unpack(completion.tag);
      switch (static_cast<Operation>(tag.operation)) {
        case Operation::kAccept:
          OnAccept(completion);
          break;
        case Operation::kReceive:
          OnReceive(tag.index, completion.result);
          break;
        case Operation::kSend:
          OnSent(tag.index, completion.result);
          break;
        case Operation::kShutdown:
        case Operation::kWakeResult:
          break;
      }
    }
  }
  CloseExpired();
}

void AdminServer::OnAccept(const Completion& completion) {
  if (!completion.more()) accepting_ = false;
  if (completion.result < 0) return;
  UniqueFd fd(completion.result);
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    if (connections_[i]) continue;
    connections_[i] = std::make_unique<Connection>(fd.Release());
    connections_[i]->deadline = MonotonicNow() + kPatience;
    return Receive(i);
  }
  // More than that is no monitoring: closed unanswered.
}

void AdminServer::Receive(std::uint32_t index) {
  Connection& connection = *connections_[index];
  ring_.Receive(File::Descriptor(connection.fd.get()), connection.in,
                TagOf(Operation::kReceive, index));
}

void AdminServer::OnReceive(std::uint32_t index, std::int32_t result) {
  Connection& connection = *connections_[index];
  if (result <= 0 || connection.broken) return connections_[index].reset();
  std::string_view bytes(connection.in, static_cast<std::size_t>(result));
  while (!bytes.empty() && !connection.closing) {
    const ParseResult parsed = connection.parser.Feed(bytes);
    bytes.remove_prefix(parsed.consumed);
    switch (parsed.status) {
      case ParseStatus::kNeedMore:
        break;
      case ParseStatus::kError:
        connection.closing = true;
        Respond(connection, connection.parser.error_status(),
                ErrorBody(connection.parser.error_status(), connection.parser.error_reason()));
        break;
      case ParseStatus::kHeadComplete:
        connection.closing = true;
        Respond(connection, 405, ErrorBody(405, "This listener only answers GET."));
        break;
      case ParseStatus::kComplete:
        if (!connection.parser.head().keep_alive) connection.closing = true;
        Answer(connection);
        connection.parser.Reset();
        connection.deadline = MonotonicNow() + kPatience;
        break;
    }
  }
  if (connection.out.empty()) return Receive(index);
  ring_.SendAll(File::Descriptor(connection.fd.get()),
                {connection.out.data(), connection.out.size()}, TagOf(Operation::kSend, index));
}

void AdminServer::OnSent(std::uint32_t index, std::int32_t result) {
  Connection& connection = *connections_[index];
  if (result < static_cast<std::int64_t>(connection.out.size()) || connection.closing ||
      connection.broken) {
    return connections_[index].reset();
  }
  connection.out.clear();
  Receive(index);
}

void AdminServer::Answer(Connection& connection) {
  const RequestHead& head = connection.parser.head();
  if (head.method != HttpMethod::kGet && head.method != HttpMethod::kHead) {
    return Respond(connection, 405, ErrorBody(405, "This listener only answers GET."));
  }
  const std::string_view path = head.path();
  if (path == "/metrics") {
    return Respond(connection, 200, MetricsText(view_), "text/plain; version=0.0.4; charset=utf-8");
  }
  if (path == "/livez") return Respond(connection, 200, "ok\n");
  if (path == "/readyz") {
    // Acquire: pairs with the store of the main thread; nothing else is read on the strength of it.
    if (view_.ready->load(std::memory_order_acquire)) return Respond(connection, 200, "ready\n");
    return Respond(connection, 503, "not ready\n");
  }
  if (path == "/stats.json") {
    ReportBox::Report report;
    const bool answered = view_.reports->Ask(
        report,
        [this] {
          ring_.Wake(view_.sequencer_ring, kSequencerDoorbell, TagOf(Operation::kWakeResult));
          ring_.Submit();
        },
        Millis(2000));
    if (!answered) {
      return Respond(connection, 503, ErrorBody(503, "The sequencer does not answer."));
    }
    return Respond(connection, 200, StatsJson(view_, report), "application/json");
  }
  Respond(connection, 404, ErrorBody(404, "Here are /metrics, /livez, /readyz and /stats.json."));
}

void AdminServer::Respond(Connection& connection, int status, std::string_view body,
                          std::string_view content_type) {
  const std::string date = HttpDate(WallClockNow());
  SimpleResponse response;
  response.status = status;
  response.body = body;
  response.content_type = content_type;
  response.keep_alive = !connection.closing;
  response.head_only = connection.parser.head().method == HttpMethod::kHead;
  response.allow = "GET, HEAD";
  response.http_date = date;
  if (status != 405) response.allow = {};
  AppendSimpleResponse(connection.out, response);
}

void AdminServer::CloseExpired() {
  const MonoTime now = MonotonicNow();
  for (auto& connection : connections_) {
    if (!connection || connection->broken || now < connection->deadline) continue;
    // What is in flight ends with it, and then the connection goes.
    connection->broken = true;
    ring_.Shutdown(File::Descriptor(connection->fd.get()), TagOf(Operation::kShutdown));
  }
}

}  // namespace ringcast
