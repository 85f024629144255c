#include "load/channel_names.h"

#include <algorithm>

namespace ringcast {

std::string WithChannel(std::string_view text, std::string_view name) {
  std::string out;
  for (std::size_t at; (at = text.find(kChannelPlace)) != std::string_view::npos;) {
    out.append(text.substr(0, at)).append(name);
    text.remove_prefix(at + kChannelPlace.size());
  }
  return out.append(text);
}

std::string ChannelName(std::string_view base, std::uint32_t number) {
  return std::string(base) + "." + std::to_string(number);
}

ChannelPath::ChannelPath(std::string_view path, std::string_view base)
    : template_(path), base_(HasChannelPlace(path) ? base : std::string_view()) {
  if (!HasChannelPlace(path)) {
    template_.insert(std::min(template_.find('?'), template_.size()), kChannelPlace);
  }
}

std::string ChannelPath::Path(std::uint32_t number) const {
  return WithChannel(template_, ChannelName(base_, number));
}

}  // namespace ringcast
