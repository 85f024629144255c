#include "base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/check.h"

namespace ringcast {
namespace {

constexpr std::string_view kMappedPrefix("\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);

bool StartWithSameBits(std::string_view a, std::string_view b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const auto mask = static_cast<unsigned char>(0xff << (8 - bits % 8));
  return ((a[whole] ^ b[whole]) & mask) == 0;
}

}  // namespace

IpAddress IpAddress::FromBytes(std::string_view bytes) {
  RC_CHECK(bytes.size() == 4 || bytes.size() == 16, "an address has 4 or 16 bytes");
  if (bytes.starts_with(kMappedPrefix)) bytes.remove_prefix(kMappedPrefix.size());
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  address.size_ = static_cast<std::uint8_t>(bytes.size());
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  char terminated[INET6_ADDRSTRLEN];
  if (text.size() >= sizeof terminated || text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  terminated[text.copy(terminated, text.size())] = '\0';
  const bool v6 = text.find(':') != std::string_view::npos;
  char bytes[sizeof(in6_addr)];
  if (::inet_pton(v6 ? AF_INET6 : AF_INET, terminated, bytes) != 1) return std::nullopt;
  return FromBytes({bytes, v6 ? sizeof(in6_addr) : sizeof(in_addr)});
}

std::string IpAddress::Text() const {
  char text[INET6_ADDRSTRLEN];
  if (!valid() ||
      ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text) == nullptr) {
    return "unknown";
  }
  return text;
}

Result<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const std::string quoted = "\"" + std::string(text) + "\"";
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> first = IpAddress::Parse(text.substr(0, slash));
  if (!first) {
    return Error{quoted + " is neither an IP address nor a network; write one, such as 10.0.0.0/8"};
  }
  const unsigned most = first->is_v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpNetwork(*first, most);
  const std::string_view digits = text.substr(slash + 1);
  unsigned prefix = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (error != std::errc() || end != digits.data() + digits.size() || prefix > most) {
    return Error{quoted + " has no prefix of 0 to " + std::to_string(most) +
                 " bits behind its slash; write one, such as 10.0.0.0/8"};
  }
  // Bits that do not count are a slip: perhaps of the address, perhaps of the prefix.
  std::string bytes(first->bytes());
  for (unsigned bit = prefix; bit < most; ++bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] & ~(0x80 >> (bit % 8)));
  }
  if (bytes != first->bytes()) {
    return Error{quoted + " has bits set behind its prefix; write " +
                 IpAddress::FromBytes(bytes).Text() + "/" + std::to_string(prefix) +
                 " for the network or " + first->Text() + " for the address"};
  }
  return IpNetwork(*first, prefix);
}

bool IpNetwork::Contains(const IpAddress& address) const {
  return address.valid() && address.is_v4() == first_.is_v4() &&
         StartWithSameBits(first_.bytes(), address.bytes(), prefix_);
}

std::string IpNetwork::ToString() const {
  const bool one = prefix_ == (first_.is_v4() ? 32 : 128);
  return one ? first_.Text() : first_.Text() + "/" + std::to_string(prefix_);
}

}  // namespace ringcast
