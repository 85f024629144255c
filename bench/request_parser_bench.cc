// Reading a browser's request for a stream, whole and in small pieces, with one parser that is used
// again as a connection's is.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "allocation_count.h"
#include "base/check.h"
#include "protocol/request_parser.h"

namespace ringcast {
namespace {

constexpr std::string_view kRequest =
    "GET /events/prices/eur-usd HTTP/1.1\r\n"
    "Host: stream.example.org\r\n"
    "Connection: keep-alive\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
    "Accept: text/event-stream\r\n"
    "Accept-Language: en-US,en;q=0.5\r\n"
    "Accept-Encoding: gzip, deflate, br\r\n"
    "Referer: https://www.example.org/\r\n"
    "Origin: https://www.example.org\r\n"
    "Last-Event-ID: 1700000000000-123456789\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Site: same-site\r\n"
    "Cache-Control: no-cache\r\n"
    "\r\n";

void ReadRequest(benchmark::State& state) {
  const auto piece = static_cast<std::size_t>(state.range(0));
  RequestParser parser;
  auto read = [&] {
    parser.Reset();
    ParseStatus status = ParseStatus::kNeedMore;
    for (std::size_t at = 0; at < kRequest.size(); at += piece) {
      status = parser.Feed(kRequest.substr(at, piece)).status;
    }
    RC_CHECK(status == ParseStatus::kComplete, "the request is whole and valid");
  };
  read();
  const std::uint64_t allocations = bench::AllocationCount();
  for (auto _ : state) read();
  RC_CHECK(bench::AllocationCount() == allocations, "a parser in use allocates nothing");
  RC_CHECK(parser.head().path() == "/events/prices/eur-usd", "the target is read");
  RC_CHECK(parser.head().has_origin && parser.head().accepts_event_stream, "the fields are read");
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(kRequest.size()));
}
BENCHMARK(ReadRequest)
    ->ArgName("piece")
    ->Arg(2048)
    ->Arg(100)
    ->Arg(1)
    ->Repetitions(5)
    ->DisplayAggregatesOnly(true);

}  // namespace
}  // namespace ringcast
