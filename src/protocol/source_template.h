// The channel that an event from elsewhere goes to, as its rule writes it: job:{1}:{field.jobId}.
// {0} is the whole name that the rule's pattern matched, {1} what its first star stood for, and so
// on; {field.x} is the field x of the entry or message.
//
// Threads: plain values and pure functions.
// Invariants: the text between the variables holds bytes of channel names alone; whether a filled
// template is a valid name is the caller's to ask.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace ringcast {

// Of two fields with one name the first counts.
using SourceFields = std::vector<std::pair<std::string, std::string>>;

// The value of a field; nullptr when there is none.
const std::string* FindField(const SourceFields& fields, std::string_view name);

class SourceTemplate {
 public:
  // `stars`: of the pattern that it belongs to. The error says what is wrong and how to mend it.
  static Result<SourceTemplate> Parse(std::string_view text, std::size_t stars);

  // `captures`: {0} first. Nothing when a field is not there.
  std::optional<std::string> Fill(std::span<const std::string> captures,
                                  const SourceFields& fields) const;

  // The glob pattern of all names that it may give: with these captures, or, when there are none,
  // with any.
  std::string Names(std::span<const std::string> captures) const;

  bool has_fields() const;

 private:
  struct Part {
    enum class Kind { kText, kCapture, kField };
    Kind kind = Kind::kText;
    std::string text;  // or the field's name
    std::size_t capture = 0;
  };

  std::vector<Part> parts_;
};

}  // namespace ringcast
