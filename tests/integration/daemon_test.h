// The ground on which the tests of the running daemon stand: each test starts a daemon of its own
// with the options it needs, follows streams, publishes, and looks at /stats.json.
//
// Threads: a test's own thread, but for Publish(), which opens a connection for each call.
// Invariants: the functions that give a value give a good one, or end the test with the reason.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "integration/json.h"
#include "integration/must.h"
#include "support/server.h"
#include "support/sse_client.h"

namespace ringcast::test {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// For what should happen at once, on a machine that may be busy with something else.
inline constexpr std::chrono::seconds kPatience{15};

// A stream of which the first event has been read.
struct Stream {
  SseClient client;
  SseEvent connected;

  SseEvent Next(Deadline deadline = kPatience) { return Must(client.NextEvent(deadline)); }
  // How the stream says that it starts: live, resumed or gap.
  std::string start() const { return Json::Parse(connected.data)["start"].Text(); }
};

class DaemonTest : public ::testing::Test {
 protected:
  using Arguments = std::vector<std::string>;

  void Start(const Arguments& arguments = {});
  void Start(const ServerOptions& options);
  Server& server() { return *server_; }

  // Opens a stream and reads its first event, which must be `connected`.
  Stream Follow(const SseRequest& request);
  Stream Follow(const std::string& target, const std::string& last_event_id = {});

  // A connection to the public listener, and one with these bytes sent.
  HttpClient Connect();
  HttpClient Send(std::string_view bytes);
  // One request on a connection of its own to the public listener.
  HttpResponse Get(const std::string& target, const HttpHeaders& headers = {});

  // Publishes and gives the id.
  std::string Publish(const std::string& channel, std::string_view data);
  // Publishes "0", "1" and so on; gives the ids.
  std::vector<std::string> PublishNumbers(const std::string& channel, int count);
  HttpResponse PublishRequest(const std::string& method, const std::string& target,
                              std::string_view body = {});
  HttpClient ConnectPublisher();

  Json Stats();
  std::uint64_t Streams() { return Stats()["connections"]["streams"].Number(); }
  std::uint64_t Connections() { return Stats()["connections"]["now"].Number(); }
  std::uint64_t Closed(std::string_view reason) {
    return Stats()["connections"]["closed"][reason].Number();
  }

  // Looks again and again until it is so. False: not by the deadline.
  static bool Eventually(const std::function<bool()>& is_so, Deadline deadline = kPatience);
  // The daemon has written it to its log, or does by the deadline.
  bool LogSays(const std::string& text, Deadline deadline = kPatience);
  // How many were turned away because of this limit, named as in the statistics.
  std::uint64_t Refused(std::string_view limit) {
    return Stats()["refused_by_limit"][limit].Number();
  }
  // A request for a stream from this address; empty: from whichever the kernel chooses.
  static SseRequest From(const std::string& source, const std::string& target = "/events/demo");
  // Whether a stream is served, which is kept in `streams`; if not, it is turned away as it should
  // be.
  bool IsServed(const SseRequest& request, std::vector<Stream>& streams);
  // Processor time of the daemon so far.
  double CpuSeconds();
  // A stream that is answered with a time to come back, and ended.
  void ExpectTurnedAway(const SseRequest& request);
  // Nothing arrives for so long. What does arrive is told as a failure.
  static void ExpectQuiet(Stream& stream, std::chrono::milliseconds duration);

 private:
  std::unique_ptr<Server> server_;
};

// An event id as numbers, in the order of ids.
std::pair<std::uint64_t, std::uint64_t> IdNumbers(const std::string& id);

}  // namespace ringcast::test
