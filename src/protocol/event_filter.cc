#include "protocol/event_filter.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "protocol/sse_encoder.h"

namespace ringcast {

EventFilter::EventFilter(std::vector<std::string> types) : types_(std::move(types)) {
  if (types_.empty()) return;
  types_.insert(types_.end(), {"gap", "end"});
  std::sort(types_.begin(), types_.end());
  types_.erase(std::unique(types_.begin(), types_.end()), types_.end());
}

bool EventFilter::Passes(std::string_view frame) const {
  if (types_.empty()) return true;
  std::string_view type = TypeOfFrame(frame);
  if (type.empty()) type = "message";
  return std::binary_search(types_.begin(), types_.end(), type, std::less<>());
}

}  // namespace ringcast
