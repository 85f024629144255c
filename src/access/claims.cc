#include "access/claims.h"

#include <algorithm>

namespace ringcast {

bool CoversChannel(const std::vector<std::string>& patterns, std::string_view channel) {
  return std::any_of(patterns.begin(), patterns.end(), [channel](std::string_view pattern) {
    if (!pattern.ends_with('*')) return pattern == channel;
    pattern.remove_suffix(1);
    return channel.starts_with(pattern);
  });
}

bool Claims::MaySubscribe(std::string_view channel) const {
  return CoversChannel(subscribe, channel);
}

bool Claims::MayPublish(std::string_view channel) const { return CoversChannel(publish, channel); }

const std::string* Claims::Text(std::string_view name) const {
  const auto found = std::find_if(texts.begin(), texts.end(),
                                  [name](const auto& text) { return text.first == name; });
  return found == texts.end() ? nullptr : &found->second;
}

}  // namespace ringcast
