// A channel's name with variables, as a route or a rule for channels has it: session:{id}. Each {x}
// is filled with a value that holds no slash, so a value never leaves the segment that it was meant
// for.
//
// Threads: plain values and pure functions.
// Invariants: filled with values that are fit for it, a template gives a valid channel name, unless
// that gets too long or a segment becomes . or ..
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ringcast {

// Names and values. Of two entries with one name the first counts.
using TemplateVariables = std::vector<std::pair<std::string, std::string>>;

class ChannelTemplate {
 public:
  struct Part {
    bool variable = false;
    std::string text;  // a piece of the name, or the variable's name
  };

  // The error says what of the text is wrong and how to mend it; it does not repeat the text.
  static Result<ChannelTemplate> Parse(std::string_view text);

  const std::string& text() const { return text_; }
  const std::vector<Part>& parts() const { return parts_; }
  bool HasVariable(std::string_view name) const;

  // Writes the channel's name. The result is empty, or a sentence for the client that says why
  // there is none and repeats nothing of a value.
  std::string_view Fill(const TemplateVariables& variables, std::string& name) const;

 private:
  std::string text_;
  std::vector<Part> parts_;
};

// The value of a variable; nullptr when there is none.
const std::string* FindTemplateVariable(const TemplateVariables& variables, std::string_view name);

}  // namespace ringcast
