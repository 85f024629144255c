// A decoder of whole event streams that is as plain as the standard's text (HTML 9.2.6), for tests:
// it normalises the line ends of the whole text, splits it into lines and walks over them. It
// shares nothing with the decoder of the product.
#pragma once

#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace ringcast::test {

struct NaiveEvent {
  std::string type;
  std::string data;
  std::string id;

  friend bool operator==(const NaiveEvent&, const NaiveEvent&) = default;
  friend std::ostream& operator<<(std::ostream& out, const NaiveEvent& event) {
    return out << "{type " << event.type << ", id " << event.id << ", data " << event.data << "}";
  }
};

inline std::string ReplaceAll(std::string text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
  return text;
}

// What a line break of any kind becomes on its way through a stream.
inline std::string WithLf(std::string text) {
  return ReplaceAll(ReplaceAll(std::move(text), "\r\n", "\n"), "\r", "\n");
}

inline std::vector<NaiveEvent> NaiveDecode(std::string text) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text = text.substr(3);
  text = WithLf(std::move(text));
  std::vector<NaiveEvent> events;
  std::string type;
  std::string id;
  std::string next_id;
  std::vector<std::string> data;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string::npos) break;  // an unfinished line counts for nothing
    const std::string line = text.substr(at, end - at);
    at = end + 1;
    if (line.empty()) {
      id = next_id;
      if (!data.empty()) {
        std::string joined = data[0];
        for (std::size_t i = 1; i < data.size(); ++i) joined += "\n" + data[i];
        events.push_back({type.empty() ? "message" : type, joined, id});
      }
      data.clear();
      type.clear();
      continue;
    }
    const std::size_t colon = line.find(':');
    const std::string name = line.substr(0, colon);
    std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
    if (!value.empty() && value[0] == ' ') value = value.substr(1);
    if (name == "event") type = value;
    if (name == "data") data.push_back(value);
    if (name == "id" && value.find('\0') == std::string::npos) next_id = value;
  }
  return events;
}

}  // namespace ringcast::test
