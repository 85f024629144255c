// Reads the head of a request as RFC 9112 puts it down, by cutting whole lines out of a whole text.
// It shares nothing with the parser of the product: what that one accepts must be sound here, and
// mean the same.
//
// Threads: plain values, pure functions.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringcast::test {

struct NaiveRequest {
  std::string method;
  std::string target;
  char minor = '1';
  // Names in lower case, values without the white space around them.
  std::vector<std::pair<std::string, std::string>> fields;
  std::size_t head_bytes = 0;  // empty lines before the request line included

  std::size_t Count(std::string_view name) const;
  // All values of a field, with the separator between them.
  std::string Joined(std::string_view name, std::string_view separator = ", ") const;
};

// Nothing when the text does not start with a whole head that obeys the grammar (RFC 9112 2 to 5),
// with at most two empty lines before it.
std::optional<NaiveRequest> ReadNaively(std::string_view wire);

// Whether the fields leave no doubt about where the request ends and for whom it is (RFC 9112 3.2,
// 6.1 to 6.3): one Host in HTTP/1.1, at most one length of one kind.
bool FramingIsSound(const NaiveRequest& request);

}  // namespace ringcast::test
