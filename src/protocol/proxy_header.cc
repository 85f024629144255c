#include "protocol/proxy_header.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "protocol/ascii.h"

namespace ringcast {
namespace {

constexpr std::string_view kLineStart = "PROXY ";
constexpr std::string_view kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kFixedPart = 16;  // signature, version and command, family, length

constexpr std::size_t kIpv4Addresses = 2 * 4 + 2 * 2;  // with their ports
constexpr std::size_t kIpv6Addresses = 2 * 16 + 2 * 2;
constexpr std::size_t kUnixAddresses = 2 * 108;

constexpr std::string_view kNoHeader = "the connection does not begin with a PROXY header";
constexpr std::string_view kBadLine = "the line of the PROXY header is malformed";

bool IsPort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc() && end == text.data() + text.size() &&
         (text.size() == 1 || text.front() != '0');
}

// Of the family that the line names.
std::optional<IpAddress> ParseOf(bool v6, std::string_view text) {
  if ((text.find(':') != std::string_view::npos) != v6) return std::nullopt;
  return IpAddress::Parse(text);
}

}  // namespace

ProxyHeader::Progress ProxyHeader::Feed(std::string_view bytes) {
  std::size_t at = 0;
  while (status_ == Status::kNeedMore && at < bytes.size()) {
    if (skip_ > 0) {
      const std::size_t passed = std::min<std::size_t>(skip_, bytes.size() - at);
      at += passed;
      Skip(skip_ - passed);
      continue;
    }
    kept_[size_++] = bytes[at++];
    Judge();
  }
  return {status_, status_ == Status::kError ? bytes.size() : at};
}

void ProxyHeader::Judge() {
  const std::string_view kept(kept_.data(), size_);
  const std::string_view start = kept.front() == kLineStart.front() ? kLineStart : kSignature;
  const std::size_t known = std::min(kept.size(), start.size());
  if (kept.substr(0, known) != start.substr(0, known)) return Fail(kNoHeader);
  if (start == kLineStart) {
    if (kept.back() == '\n') return JudgeLine();
    if (kept.size() == kMaxLine) Fail("the line of the PROXY header is too long");
    return;
  }
  if (kept.size() < needed_) return;
  if (kept.size() == kFixedPart) return JudgeFixedPart();
  ReadAddresses();
}

// "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443", with CRLF behind it.
void ProxyHeader::JudgeLine() {
  std::string_view line(kept_.data(), size_);
  if (!line.ends_with("\r\n")) return Fail(kBadLine);
  line.remove_suffix(2);
  line.remove_prefix(kLineStart.size());
  const std::string_view family = CutUntil(line, ' ');
  if (family == "UNKNOWN") {
    status_ = Status::kComplete;  // whatever follows is to be ignored
    return;
  }
  const bool v6 = family == "TCP6";
  if (!v6 && family != "TCP4") return Fail(kBadLine);
  const std::optional<IpAddress> source = ParseOf(v6, CutUntil(line, ' '));
  const std::optional<IpAddress> destination = ParseOf(v6, CutUntil(line, ' '));
  const std::string_view source_port = CutUntil(line, ' ');
  if (!source || !destination || !IsPort(source_port) || !IsPort(line)) return Fail(kBadLine);
  source_ = *source;
  status_ = Status::kComplete;
}

void ProxyHeader::JudgeFixedPart() {
  const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(kept_[i]); };
  const unsigned version = byte(12) >> 4;
  const unsigned command = byte(12) & 0xf;
  const unsigned family = byte(13) >> 4;
  const unsigned transport = byte(13) & 0xf;
  const std::size_t length = std::size_t{byte(14)} << 8 | byte(15);
  if (version != 2) return Fail("the version of the PROXY header is not known");
  if (command > 1) return Fail("the command of the PROXY header is not known");
  if (length > kMaxV2Length) return Fail("the PROXY header is too long");
  if (command == 0) return Skip(length);  // LOCAL: whatever follows is to be ignored
  if (family > 3 || transport > 2)
    return Fail("the address family of the PROXY header is not known");
  constexpr std::size_t kAddresses[] = {0, kIpv4Addresses, kIpv6Addresses, kUnixAddresses};
  if (length < kAddresses[family]) return Fail("the PROXY header is too short for its addresses");
  if (family != 1 && family != 2) return Skip(length);
  needed_ = static_cast<std::uint8_t>(kFixedPart + kAddresses[family]);
}

// Source, destination, their ports: only the first says who the client is.
void ProxyHeader::ReadAddresses() {
  const std::size_t addresses = needed_ - kFixedPart;
  const std::size_t size = addresses == kIpv4Addresses ? 4 : 16;
  source_ = IpAddress::FromBytes({kept_.data() + kFixedPart, size});
  const auto high = static_cast<unsigned char>(kept_[14]);
  const auto low = static_cast<unsigned char>(kept_[15]);
  Skip((std::size_t{high} << 8 | low) - addresses);
}

void ProxyHeader::Skip(std::size_t bytes) {
  skip_ = static_cast<std::uint16_t>(bytes);
  if (skip_ == 0) status_ = Status::kComplete;
}

void ProxyHeader::Fail(std::string_view reason) {
  status_ = Status::kError;
  error_ = reason;
}

}  // namespace ringcast
