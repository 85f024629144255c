#include "protocol/source_template.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "protocol/channel_name.h"
#include "protocol/glob_pattern.h"

namespace ringcast {
namespace {

constexpr std::string_view kFieldPrefix = "field.";

// Whether all bytes may stand in a channel's name; empty segments may still be filled.
bool HasNameBytes(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char byte) {
    return byte == '/' || byte == '.' || IsValidChannelName(std::string_view(&byte, 1));
  });
}

}  // namespace

const std::string* FindField(const SourceFields& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<SourceTemplate> SourceTemplate::Parse(std::string_view text, std::size_t stars) {
  SourceTemplate parsed;
  if (text.empty()) return Error{"is empty; write a channel such as job:{1}"};
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::string_view plain = text.substr(0, open);
    if (!HasNameBytes(plain)) {
      return Error{
          "has a byte that no channel's name may hold; there are A-Z a-z 0-9 . _ ~ : @ = + - /, "
          "and variables such as {1}"};
    }
    if (!plain.empty()) parsed.parts_.push_back({Part::Kind::kText, std::string(plain), 0});
    if (open == std::string_view::npos) break;
    text.remove_prefix(open + 1);
    const std::size_t close = text.find('}');
    if (close == std::string_view::npos) return Error{"has a { without its }; write {1}, say"};
    const std::string_view name = text.substr(0, close);
    text.remove_prefix(close + 1);
    if (name.starts_with(kFieldPrefix) && name.size() > kFieldPrefix.size()) {
      parsed.parts_.push_back(
          {Part::Kind::kField, std::string(name.substr(kFieldPrefix.size())), 0});
      continue;
    }
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc() || end != name.data() + name.size()) {
      return Error{"has the unknown variable {" + std::string(name) +
                   "}; there are {0} (the whole name), {1} and on (what the stars stood for) and "
                   "{field.NAME}"};
    }
    if (number > stars) {
      return Error{"has {" + std::string(name) + "}, but the pattern has " + std::to_string(stars) +
                   (stars == 1 ? " star" : " stars")};
    }
    parsed.parts_.push_back({Part::Kind::kCapture, {}, number});
  }
  return parsed;
}

std::optional<std::string> SourceTemplate::Fill(std::span<const std::string> captures,
                                                const SourceFields& fields) const {
  std::string name;
  for (const Part& part : parts_) {
    switch (part.kind) {
      case Part::Kind::kText:
        name += part.text;
        break;
      case Part::Kind::kCapture:
        name += captures[part.capture];
        break;
      case Part::Kind::kField: {
        const std::string* value = FindField(fields, part.text);
        if (value == nullptr) return std::nullopt;
        name += *value;
        break;
      }
    }
  }
  return name;
}

std::string SourceTemplate::Names(std::span<const std::string> captures) const {
  std::string pattern;
  for (const Part& part : parts_) {
    if (part.kind == Part::Kind::kText) {
      pattern += EscapeGlob(part.text);
    } else if (part.kind == Part::Kind::kCapture && !captures.empty()) {
      pattern += EscapeGlob(captures[part.capture]);
    } else if (!pattern.ends_with('*') || pattern.ends_with("\\*")) {
      pattern += '*';
    }
  }
  return pattern;
}

bool SourceTemplate::has_fields() const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [](const Part& part) { return part.kind == Part::Kind::kField; });
}

}  // namespace ringcast
