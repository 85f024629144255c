// What a sound token says: until when it holds, and what its bearer may do.
//
// Threads: a plain value.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringcast {

struct Claims {
  std::int64_t expires = 0;  // unix seconds, as the token has it, without any leeway
  // Channels, each by its exact name, or as a prefix that ends in '*'; "*" alone is every channel.
  std::vector<std::string> subscribe;
  std::vector<std::string> publish;
  // The claims at the top that are strings, "sub" among them, for templates of channels.
  std::vector<std::pair<std::string, std::string>> texts;

  bool MaySubscribe(std::string_view channel) const;
  bool MayPublish(std::string_view channel) const;

  // A claim out of `texts`; nullptr if the token has none of that name.
  const std::string* Text(std::string_view name) const;
};

// Whether one of the names or prefixes covers the channel. No channel's name has a '*' of its own.
bool CoversChannel(const std::vector<std::string>& patterns, std::string_view channel);

}  // namespace ringcast
