// A read-only look into a JSON text, for what the daemon answers: json["shards"][0]["streams"].
// A path that is not there, or a value of another kind, ends the test with an exception.
//
// Threads: a plain value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace ringcast::test {

class Json {
 public:
  // Throws std::runtime_error, with the text, when it is not JSON.
  static Json Parse(std::string_view text);

  Json operator[](std::string_view key) const;
  Json operator[](std::size_t index) const;
  bool Has(std::string_view key) const;
  std::size_t size() const;  // of an array or an object
  std::uint64_t Number() const;
  std::string Text() const;
  bool IsNull() const;

 private:
  struct Document;
  Json(std::shared_ptr<const Document> document, const void* value)
      : document_(std::move(document)), value_(value) {}

  std::shared_ptr<const Document> document_;
  const void* value_;
};

}  // namespace ringcast::test
