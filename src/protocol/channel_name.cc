#include "protocol/channel_name.h"

#include <array>

namespace ringcast {
namespace {

enum class NameFault { kNone, kEmpty, kTooLong, kByte, kEmptySegment, kDotSegment };

consteval std::array<bool, 256> MakeAllowed() {
  std::array<bool, 256> allowed{};
  for (const char c : std::string_view(
           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~:@=+-/")) {
    allowed[static_cast<unsigned char>(c)] = true;
  }
  return allowed;
}
constexpr std::array<bool, 256> kAllowed = MakeAllowed();

NameFault CheckSegment(std::string_view segment) {
  if (segment.empty()) return NameFault::kEmptySegment;
  if (segment == "." || segment == "..") return NameFault::kDotSegment;
  return NameFault::kNone;
}

NameFault CheckName(std::string_view name) {
  if (name.empty()) return NameFault::kEmpty;
  if (name.size() > kMaxChannelNameSize) return NameFault::kTooLong;
  std::size_t segment_start = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (!kAllowed[static_cast<unsigned char>(c)]) return NameFault::kByte;
    if (c != '/') continue;
    const NameFault fault = CheckSegment(name.substr(segment_start, i - segment_start));
    if (fault != NameFault::kNone) return fault;
    segment_start = i + 1;
  }
  return CheckSegment(name.substr(segment_start));
}

}  // namespace

bool IsValidChannelName(std::string_view name) { return CheckName(name) == NameFault::kNone; }

std::string_view ChannelNameError(std::string_view name) {
  switch (CheckName(name)) {
    case NameFault::kNone:
      break;
    case NameFault::kEmpty:
      return "the channel name is empty";
    case NameFault::kTooLong:
      return "the channel name is longer than 255 bytes";
    case NameFault::kByte:
      return "the channel name has a byte other than A-Z a-z 0-9 . _ ~ : @ = + - /";
    case NameFault::kEmptySegment:
      return "the channel name has an empty segment: a slash first, last or twice in a row";
    case NameFault::kDotSegment:
      return "the channel name has a segment . or ..";
  }
  return {};
}

}  // namespace ringcast
