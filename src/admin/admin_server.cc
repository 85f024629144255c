#include "admin/admin_server.h"

#include <algorithm>

#include "admin/dashboard.h"
#include "admin/host_rule.h"
#include "admin/metrics.h"
#include "admin/stats_json.h"
#include "sequencer/sequencer.h"
#include "uring/clock.h"
#include "uring/process.h"
#include "uring/tag.h"

namespace ringcast {
namespace {

enum class Operation : std::uint8_t { kAccept = 1, kReceive, kSend, kShutdown, kWakeResult };

std::uint64_t TagOf(Operation operation, std::uint32_t index = 0) {
  return Tag{static_cast<std::uint8_t>(operation), 0, index}.Pack();
}

// For a request to arrive, and for its answer to be read.
constexpr Millis kPatience{10'000};
// For the sequencer to answer: a person who asked waits longer than a stream that has others.
constexpr Millis kReportPatience{2'000};
constexpr Millis kFeedPatience{500};
// When a viewer that found no room comes back, before jitter.
constexpr std::uint64_t kViewerRetryMs = 5'000;
constexpr double kRetryJitter = 0.5;

}  // namespace

AdminServer::AdminServer(Ring& ring, int listener, ServerView view)
    : ring_(ring),
      listener_(listener),
      view_(std::move(view)),
      feed_(view_,
            [this](ReportBox::Report& report) { return AskSequencer(report, kFeedPatience); }),
      rng_(RandomBits()),
      connections_(kMostConnections),
      completions_(256) {}

void AdminServer::Tick() {
  if (!accepting_) {
    accepting_ = true;
    ring_.AcceptPlain(File::Descriptor(listener_), TagOf(Operation::kAccept));
  }
  const Nanos until_figures = feed_.due() - MonotonicNow();
  ring_.SubmitAndWait(1, std::clamp<Nanos>(until_figures, Millis(1), Millis(200)));
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
  if (MonotonicNow() >= feed_.due()) SendFigures();
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
  connection.in_flight = true;
  ring_.Receive(File::Descriptor(connection.fd.get()), connection.in,
                TagOf(Operation::kReceive, index));
}

void AdminServer::OnReceive(std::uint32_t index, std::int32_t result) {
  Connection& connection = *connections_[index];
  connection.in_flight = false;
  if (result <= 0 || connection.broken) return connections_[index].reset();
  std::string_view bytes(connection.in, static_cast<std::size_t>(result));
  // What comes after the request for a stream is no request.
  while (!bytes.empty() && !connection.closing && !connection.stream) {
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
  Send(index);
}

void AdminServer::Send(std::uint32_t index) {
  Connection& connection = *connections_[index];
  connection.in_flight = true;
  ring_.SendAll(File::Descriptor(connection.fd.get()),
                {connection.out.data(), connection.out.size()}, TagOf(Operation::kSend, index));
}

void AdminServer::OnSent(std::uint32_t index, std::int32_t result) {
  Connection& connection = *connections_[index];
  connection.in_flight = false;
  if (result < static_cast<std::int64_t>(connection.out.size()) || connection.closing ||
      connection.broken) {
    return connections_[index].reset();
  }
  connection.out.clear();
  if (!connection.stream) Receive(index);
}

void AdminServer::Answer(Connection& connection) {
  const RequestHead& head = connection.parser.head();
  if (head.method != HttpMethod::kGet && head.method != HttpMethod::kHead) {
    return Respond(connection, 405, ErrorBody(405, "This listener only answers GET."));
  }
  const std::string_view path = head.path();
  if (path == "/livez") return Respond(connection, 200, "ok\n");
  if (path == "/readyz") {
    // Acquire: pairs with the store of the main thread; nothing else is read on the strength of it.
    if (!view_.ready->load(std::memory_order_acquire)) {
      return Respond(connection, 503, "not ready\n");
    }
    // What is away leaves open streams as they are: taking the daemon out of service would help
    // nobody.
    const bool degraded = view_.gate->failing.Get() != 0;
    return Respond(
        connection, 200,
        (degraded ? "ready, degraded: auth-url gives no decision\n" : "ready\n") + SourcesAway());
  }
  // Health says nothing that a stranger could use; the rest does.
  if (!AnswersTo(view_.options->Get().admin, head.host)) {
    connection.closing = true;
    return Respond(connection, 403,
                   ErrorBody(403,
                             "This listener answers to its address and to localhost, not to "
                             "another name in Host."));
  }
  if (path == "/metrics") {
    return Respond(connection, 200, MetricsText(view_), "text/plain; version=0.0.4; charset=utf-8");
  }
  if (path == "/stats.json") return AnswerStats(connection);
  if (path == "/events") return StartStream(connection);
  if (path == "/") return AnswerDashboard(connection);
  Respond(connection, 404,
          ErrorBody(404, "Here are /, /events, /metrics, /livez, /readyz and /stats.json."));
}

// A source that is away is no reason to take no connections: streams stay, and who publishes here
// is heard.
std::string AdminServer::SourcesAway() const {
  std::string text;
  for (const auto& source : view_.redis->Stats()) {
    if (source->up.Get() == 0) text += "redis source " + source->name() + " is away\n";
  }
  return text;
}

void AdminServer::AnswerStats(Connection& connection) {
  ReportBox::Report report;
  if (!AskSequencer(report, kReportPatience)) {
    return Respond(connection, 503, ErrorBody(503, "The sequencer does not answer."));
  }
  Respond(connection, 200, StatsJson(view_, report), "application/json");
}

void AdminServer::AnswerDashboard(Connection& connection) {
  const HtmlPage page = MakeDashboard(RandomBits());
  const HeaderField fields[] = {{"Content-Security-Policy", page.policy},
                                {"Cache-Control", "no-store"},
                                {"X-Content-Type-Options", "nosniff"},
                                {"Referrer-Policy", "no-referrer"}};
  Respond(connection, 200, page.html, "text/html; charset=utf-8", fields);
}

void AdminServer::StartStream(Connection& connection) {
  const RequestHead& head = connection.parser.head();
  const std::string date = HttpDate(WallClockNow());
  if (head.method == HttpMethod::kHead) {
    connection.closing = true;
    return AppendStreamHead(connection.out, head.http_1_0, {}, date);
  }
  const std::size_t streams = Streams();
  if (streams >= kMostStreams) {
    connection.closing = true;
    const auto retry_ms = static_cast<std::uint32_t>(rng_.Jittered(kViewerRetryMs, kRetryJitter));
    return AppendOverload(connection.out, head.http_1_0, {}, retry_ms, date);
  }
  AppendStreamHead(connection.out, head.http_1_0, {}, date);
  connection.stream = true;
  connection.closing = false;  // a stream goes on, also where no further request may follow
  connection.chunked = !head.http_1_0;
  feed_.AppendStart(connection.out, connection.chunked, streams + 1);
}

// A viewer that has not read the last event misses this one: each tells all there is to tell.
void AdminServer::SendFigures() {
  feed_.Take(Streams());
  for (std::uint32_t i = 0; i < connections_.size(); ++i) {
    if (!connections_[i]) continue;
    Connection& connection = *connections_[i];
    if (!connection.stream || connection.in_flight || connection.broken) continue;
    connection.out = feed_.next(connection.chunked);
    connection.deadline = MonotonicNow() + kPatience;
    Send(i);
  }
}

bool AdminServer::AskSequencer(ReportBox::Report& report, Millis at_most) {
  return view_.reports->Ask(
      report,
      [this] {
        ring_.Wake(view_.sequencer_ring, kSequencerDoorbell, TagOf(Operation::kWakeResult));
        ring_.Submit();
      },
      at_most);
}

std::size_t AdminServer::Streams() const {
  return static_cast<std::size_t>(
      std::count_if(connections_.begin(), connections_.end(), [](const auto& connection) {
        return connection && connection->stream && !connection->broken;
      }));
}

void AdminServer::Respond(Connection& connection, int status, std::string_view body,
                          std::string_view content_type, std::span<const HeaderField> extra) {
  const std::string date = HttpDate(WallClockNow());
  SimpleResponse response;
  response.status = status;
  response.body = body;
  response.content_type = content_type;
  response.keep_alive = !connection.closing;
  response.head_only = connection.parser.head().method == HttpMethod::kHead;
  response.allow = "GET, HEAD";
  response.http_date = date;
  response.extra = extra;
  if (status != 405) response.allow = {};
  AppendSimpleResponse(connection.out, response);
}

void AdminServer::CloseExpired() {
  const MonoTime now = MonotonicNow();
  for (auto& connection : connections_) {
    if (!connection || connection->broken || now < connection->deadline) continue;
    if (!connection->in_flight) continue;  // a stream that waits for its next event
    // What is in flight ends with it, and then the connection goes.
    connection->broken = true;
    ring_.Shutdown(File::Descriptor(connection->fd.get()), TagOf(Operation::kShutdown));
  }
}

}  // namespace ringcast
