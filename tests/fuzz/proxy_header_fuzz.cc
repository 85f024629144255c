// The header of the PROXY protocol: the outcome does not depend on the split, is that of a plain
// reading of the whole bytes, and nothing behind the header is taken.
//
// Input: three sizes of pieces, then the bytes of a connection.
#include <arpa/inet.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "fuzz/fuzz_input.h"
#include "protocol/proxy_header.h"

namespace ringcast {
namespace {

using test::ExactCopy;
using test::FuzzInput;
using test::Pieces;
using State = ProxyHeader::Status;

struct Outcome {
  State status = State::kNeedMore;
  std::size_t consumed = 0;  // not of an error
  std::string source;        // in network order
  bool operator==(const Outcome&) const = default;
};

Outcome Read(std::string_view bytes, std::optional<Pieces> pieces) {
  ProxyHeader header;
  Outcome outcome;
  while (!bytes.empty() && outcome.status == State::kNeedMore) {
    const ExactCopy piece(bytes.substr(0, pieces ? pieces->NextSize() : bytes.size()));
    bytes.remove_prefix(piece.view().size());
    const ProxyHeader::Progress progress = header.Feed(piece.view());
    RC_CHECK(progress.consumed <= piece.view().size(), "no more is consumed than was given");
    RC_CHECK(progress.status == State::kComplete || progress.consumed == piece.view().size(),
             "only a complete header leaves bytes");
    outcome.status = progress.status;
    outcome.consumed += progress.consumed;
  }
  RC_CHECK(header.error().empty() == (outcome.status != State::kError), "an error has a reason");
  if (outcome.status == State::kError) outcome.consumed = 0;
  if (outcome.status == State::kComplete) outcome.source = header.source().bytes();
  return outcome;
}

const Outcome kRefused{State::kError, 0, {}};

std::vector<std::string> Words(const std::string& line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c == ' ') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

bool IsNaivePort(const std::string& text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return false;
  if (text.find_first_not_of("0123456789") != std::string::npos) return false;
  return std::stoul(text) <= 65535;
}

// Only the address of the family; one that is mapped into IPv6 as the four bytes it stands for.
std::optional<std::string> NaiveAddress(int family, const std::string& text) {
  std::string bytes(family == AF_INET ? 4 : 16, '\0');
  if (text.find('\0') != std::string::npos) return std::nullopt;
  if (::inet_pton(family, text.c_str(), bytes.data()) != 1) return std::nullopt;
  if (bytes.size() == 16 && bytes.substr(0, 12) == std::string(10, '\0') + "\xff\xff") {
    return bytes.substr(12);
  }
  return bytes;
}

Outcome NaiveLine(std::string_view bytes) {
  const std::size_t end = bytes.substr(0, 107).find('\n');
  if (end == std::string_view::npos) return bytes.size() < 107 ? Outcome{} : kRefused;
  if (bytes[end - 1] != '\r') return kRefused;
  const std::vector<std::string> words = Words(std::string(bytes.substr(0, end - 1)));
  Outcome outcome{State::kComplete, end + 1, {}};
  if (words.size() > 1 && words[1] == "UNKNOWN") return outcome;
  if (words.size() != 6 || (words[1] != "TCP4" && words[1] != "TCP6")) return kRefused;
  const int family = words[1] == "TCP4" ? AF_INET : AF_INET6;
  const auto source = NaiveAddress(family, words[2]);
  if (!source || !NaiveAddress(family, words[3])) return kRefused;
  if (!IsNaivePort(words[4]) || !IsNaivePort(words[5])) return kRefused;
  outcome.source = *source;
  return outcome;
}

Outcome NaiveBinary(std::string_view bytes) {
  if (bytes.size() < 16) return {};
  const auto number = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t length = number(14) * std::size_t{256} + number(15);
  if ((number(12) != 0x20 && number(12) != 0x21) || length > 4096) return kRefused;
  Outcome outcome{State::kComplete, 16 + length, {}};
  std::size_t size = 0;
  if (number(12) == 0x21) {
    const unsigned family = number(13) / 16;
    if (family > 3 || number(13) % 16 > 2) return kRefused;
    if (length < (family == 0 ? 0 : family == 1 ? 12 : family == 2 ? 36 : 216)) return kRefused;
    size = family == 1 ? 4 : family == 2 ? 16 : 0;
  }
  if (bytes.size() < outcome.consumed) return {};
  outcome.source = bytes.substr(16, size);
  if (size == 16 && outcome.source.substr(0, 12) == std::string(10, '\0') + "\xff\xff") {
    outcome.source.erase(0, 12);
  }
  return outcome;
}

Outcome NaiveRead(std::string_view bytes) {
  for (const std::string& start :
       {std::string("PROXY "), std::string("\r\n\r\n\0\r\nQUIT\n", 12)}) {
    if (bytes.starts_with(start)) return start[0] == 'P' ? NaiveLine(bytes) : NaiveBinary(bytes);
    if (std::string_view(start).starts_with(bytes)) return {};
  }
  return kRefused;
}

}  // namespace
}  // namespace ringcast

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace ringcast;
  FuzzInput input(data, size);
  const Pieces pieces(input);
  const std::string_view bytes = input.Rest();
  const Outcome whole = Read(bytes, std::nullopt);
  RC_CHECK(Read(bytes, pieces) == whole, "the outcome does not depend on the split");
  const Outcome naive = NaiveRead(bytes);
  RC_CHECK(naive.status == whole.status, "a header is accepted exactly if a plain reading does");
  if (whole.status != State::kComplete) return 0;
  RC_CHECK(naive.consumed == whole.consumed, "the header ends where it says");
  RC_CHECK(naive.source == whole.source, "the client is whom the header names");
  return 0;
}
