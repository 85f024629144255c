#include "hostile/split_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>

#include "support/unread_bytes.h"

namespace ringcast::test {
namespace {

constexpr std::chrono::seconds kPatience{15};
// Up to here an input is cut at every byte, and also sent byte by byte.
constexpr std::size_t kShort = 900;
// Of a long input: so many bytes of each end, and so many places between.
constexpr std::size_t kEnds = 48;
constexpr std::size_t kBetween = 16;
#if defined(__SANITIZE_THREAD__)
constexpr std::size_t kCutsOfWhichOne = 8;
#endif
// Sizes at which a buffer may end on the way.
constexpr std::size_t kBufferSizes[] = {2048, 4096, 8192, 16384, 32768, 65536, 1u << 20};

// Errors do not matter: a server that has refused what came may close before it has read the rest.
bool SendPiece(HttpClient& client, std::string_view piece) {
  return client.Send(piece, kPatience).ok();
}

void ExpectRead(const HttpClient& client) {
  const Status read = WaitUntilRead(client.fd(), kPatience);
  if (!read) ADD_FAILURE() << read.error().message;
}

// Cuts in two at each of [first, last), all at the same time.
void FireBatch(std::string_view bytes, const SplitRun& run, const std::size_t* first,
               const std::size_t* last) {
  std::vector<HttpClient> clients;
  std::vector<bool> alive;
  for (const std::size_t* cut = first; cut != last; ++cut) {
    clients.push_back(run.connect());
    alive.push_back(SendPiece(clients.back(), bytes.substr(0, *cut)));
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (alive[i]) ExpectRead(clients[i]);
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    if (alive[i]) SendPiece(clients[i], bytes.substr(first[i]));
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    SCOPED_TRACE("cut after " + std::to_string(first[i]) + " of " + std::to_string(bytes.size()) +
                 " bytes");
    run.check(clients[i]);
    if (::testing::Test::HasFailure()) return;
  }
}

// ThreadSanitizer looks at threads, and they meet alike wherever an input is cut.
std::vector<std::size_t> Thinned(std::vector<std::size_t> cuts) {
#if defined(__SANITIZE_THREAD__)
  std::size_t at = 0;
  std::erase_if(cuts, [&](std::size_t) { return at++ % kCutsOfWhichOne != 0; });
#endif
  return cuts;
}

void FireByteByByte(std::string_view bytes, const SplitRun& run) {
  SCOPED_TRACE("byte by byte");
  HttpClient client = run.connect();
  bool alive = true;
  for (std::size_t i = 0; i < bytes.size() && alive; ++i) {
    alive = SendPiece(client, bytes.substr(i, 1));
    if (alive && i + 1 < bytes.size()) ExpectRead(client);
  }
  run.check(client);
}

}  // namespace

std::vector<std::size_t> CutsOf(std::string_view bytes) {
  const std::size_t size = bytes.size();
  std::set<std::size_t> cuts;
  const auto add = [&](std::size_t at) {
    if (at > 0 && at < size) cuts.insert(at);
  };
  if (size <= kShort) {
    for (std::size_t at = 1; at < size; ++at) add(at);
    return {cuts.begin(), cuts.end()};
  }
  for (std::size_t i = 0; i <= kEnds; ++i) {
    add(i);
    add(size - i);
  }
  std::size_t lines = 0;
  for (std::size_t at = bytes.find("\r\n"); at != std::string_view::npos && lines < kBetween;
       at = bytes.find("\r\n", at + 1), ++lines) {
    for (std::size_t near = 0; near <= 3; ++near) add(at + near);
  }
  for (const std::size_t buffer : kBufferSizes) {
    for (std::size_t near = 0; near <= 2; ++near) add(buffer - 1 + near);
  }
  for (std::size_t i = 1; i < kBetween; ++i) add(size * i / kBetween);
  return {cuts.begin(), cuts.end()};
}

std::size_t FireInEverySplit(std::string_view bytes, const SplitRun& run) {
  std::size_t executions = 0;
  {
    SCOPED_TRACE("whole");
    HttpClient client = run.connect();
    SendPiece(client, bytes);
    run.check(client);
    ++executions;
  }
  const std::vector<std::size_t> cuts = Thinned(CutsOf(bytes));
  for (std::size_t at = 0; at < cuts.size() && !::testing::Test::HasFailure(); at += run.at_once) {
    const std::size_t end = std::min(cuts.size(), at + run.at_once);
    FireBatch(bytes, run, cuts.data() + at, cuts.data() + end);
    executions += end - at;
  }
  if (bytes.size() <= kShort && !::testing::Test::HasFailure()) {
    FireByteByByte(bytes, run);
    ++executions;
  }
  return executions;
}

}  // namespace ringcast::test
