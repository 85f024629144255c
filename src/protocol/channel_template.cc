#include "protocol/channel_template.h"

#include <algorithm>

#include "protocol/channel_name.h"
#include "protocol/route_pattern.h"

namespace ringcast {

const std::string* FindTemplateVariable(const TemplateVariables& variables, std::string_view name) {
  for (const auto& [known, value] : variables) {
    if (known == name) return &value;
  }
  return nullptr;
}

Result<ChannelTemplate> ChannelTemplate::Parse(std::string_view text) {
  ChannelTemplate made;
  made.text_ = text;
  std::string example;
  while (!text.empty()) {
    const std::size_t brace = text.find_first_of("{}");
    if (brace > 0) {
      made.parts_.push_back({.variable = false, .text = std::string(text.substr(0, brace))});
      example += made.parts_.back().text;
    }
    if (brace == std::string_view::npos) break;
    const std::size_t end = text.find('}', brace);
    if (text[brace] == '}' || end == std::string_view::npos) {
      return Error{"has a brace without its other one; write a variable as {id}"};
    }
    const std::string_view name = text.substr(brace + 1, end - brace - 1);
    if (!IsVariableName(name)) {
      return Error{
          "has a variable without a proper name; write letters, digits and _, no digit "
          "first, such as {id}"};
    }
    made.parts_.push_back({.variable = true, .text = std::string(name)});
    example += "x";
    text.remove_prefix(end + 1);
  }
  const std::string_view why = ChannelNameError(example);
  if (!why.empty()) {
    return Error{"gives no channel name: " + std::string(why) + "; write one such as session:{id}"};
  }
  return made;
}

bool ChannelTemplate::HasVariable(std::string_view name) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [name](const Part& part) { return part.variable && part.text == name; });
}

std::string_view ChannelTemplate::Fill(const TemplateVariables& variables,
                                       std::string& name) const {
  name.clear();
  for (const Part& part : parts_) {
    if (!part.variable) {
      name += part.text;
      continue;
    }
    const std::string* value = FindTemplateVariable(variables, part.text);
    if (value == nullptr) return "A part of the channel's name is missing.";
    if (value->empty()) return "A part of the channel's name is empty.";
    if (value->find('/') != std::string::npos) return "A part of the channel's name has a slash.";
    name += *value;
  }
  return ChannelNameError(name);
}

}  // namespace ringcast
