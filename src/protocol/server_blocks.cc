// The server's own blocks: connected, gap, drain, end and the heartbeat.
#include <array>
#include <charconv>

#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

void AppendNumber(std::string& out, std::uint64_t value) {
  std::array<char, 20> digits;  // of 2^64 - 1
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), static_cast<std::size_t>(end - digits.data()));
}

void AppendId(std::string& out, EventId id) {
  std::array<char, kMaxEventIdSize> text;
  out.append(text.data(), FormatEventId(id, text.data()));
}

void AppendIdOrNull(std::string& out, const std::optional<EventId>& id) {
  if (!id) {
    out += "null";
    return;
  }
  out += '"';
  AppendId(out, *id);
  out += '"';
}

// Ends the block that starts at `start`, and puts the chunk around it when one is wanted.
void EndBlock(std::string& out, bool chunked, std::size_t start) {
  out += '\n';
  if (!chunked) return;
  const std::size_t block = out.size() - start;
  std::array<char, 18> header;  // 16 digits and CRLF
  char* end = std::to_chars(header.data(), header.data() + 16, block, 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.insert(start, header.data(), static_cast<std::size_t>(end - header.data()));
  out += "\r\n";
}

}  // namespace

std::string_view Name(GapReason reason) {
  switch (reason) {
    case GapReason::kExpired:
      return "expired";
    case GapReason::kRestart:
      return "restart";
    case GapReason::kSlow:
      return "slow";
    case GapReason::kUnknownId:
      return "unknown-id";
  }
  return "unknown-id";
}

std::string_view Name(StreamStart start) {
  switch (start) {
    case StreamStart::kLive:
      return "live";
    case StreamStart::kResumed:
      return "resumed";
    case StreamStart::kGap:
      return "gap";
  }
  return "live";
}

void AppendConnected(std::string& out, bool chunked, EventId id, std::uint64_t retry_ms,
                     std::string_view start) {
  const std::size_t begin = out.size();
  out += "id: ";
  AppendId(out, id);
  out += "\nevent: connected\nretry: ";
  AppendNumber(out, retry_ms);
  out += "\ndata: {\"start\":\"";
  out += start;
  out += "\"}\n";
  EndBlock(out, chunked, begin);
}

void AppendGap(std::string& out, bool chunked, const GapInfo& gap) {
  const std::size_t begin = out.size();
  out += "event: gap\ndata: {\"channel\":\"";
  out += gap.channel;
  out += "\",\"from\":";
  AppendIdOrNull(out, gap.from);
  out += ",\"to\":";
  AppendIdOrNull(out, gap.to);
  out += ",\"reason\":\"";
  out += Name(gap.reason);
  out += "\"}\n";
  EndBlock(out, chunked, begin);
}

void AppendDrain(std::string& out, bool chunked, std::uint64_t retry_ms) {
  const std::size_t begin = out.size();
  out += "event: drain\nretry: ";
  AppendNumber(out, retry_ms);
  out += "\ndata: {\"retry\":";
  AppendNumber(out, retry_ms);
  out += "}\n";
  EndBlock(out, chunked, begin);
}

void AppendEnd(std::string& out, bool chunked, std::string_view channel) {
  const std::size_t begin = out.size();
  out += "event: end\ndata: {\"channel\":\"";
  out += channel;
  out += "\"}\n";
  EndBlock(out, chunked, begin);
}

void AppendLastChunk(std::string& out, bool chunked) {
  if (chunked) out += "0\r\n\r\n";
}

std::string_view Heartbeat(bool chunked) { return chunked ? "2\r\n:\n\r\n" : ":\n"; }

}  // namespace ringcast
