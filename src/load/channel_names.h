// How the channels of a run with many are called, and where their names go. Channel 17 of the base
// `bench` is `bench.17`.
//
// Threads: plain values; any may read them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast {

// Stands for a channel's name in a URL or in the body of a POST.
inline constexpr std::string_view kChannelPlace = "{channel}";

inline bool HasChannelPlace(std::string_view text) {
  return text.find(kChannelPlace) != std::string_view::npos;
}
// `text` with `name` at every {channel}.
std::string WithChannel(std::string_view text, std::string_view name);

// The channel's name.
std::string ChannelName(std::string_view base, std::uint32_t number);

// A path that has {channel}: `path` as it is, or with the place put behind it (and before its
// query), where the target has no {channel} itself: /events/bench?x=1 is /events/bench.17?x=1 for
// channel 17, whatever the base.
class ChannelPath {
 public:
  ChannelPath(std::string_view path, std::string_view base);
  std::string Path(std::uint32_t number) const;

 private:
  std::string template_;  // with {channel}
  std::string base_;      // empty: the number and a dot before it go in
};

}  // namespace ringcast
