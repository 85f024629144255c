// A page of one file that a listener answers with, and the policy that keeps it to itself: nothing
// runs or styles it but what bears the answer's nonce, and it talks to nobody but the listener that
// it came from.
//
// Threads: any; pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ringcast {

struct HtmlPage {
  std::string html;
  std::string policy;  // the value of Content-Security-Policy
};

// The file with the nonce at each {{nonce}}. `nonce`: 64 random bits, fresh for each answer.
HtmlPage MakeHtmlPage(std::string_view file, std::uint64_t nonce);

// Puts `value` at each {{name}} of `html`, escaped so that it is text, in an element as in a quoted
// attribute.
void FillIn(std::string& html, std::string_view name, std::string_view value);

}  // namespace ringcast
