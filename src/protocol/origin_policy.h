// Which web origins' pages may read a response (Fetch, "CORS protocol").
//
// An entry is an exact origin (https://example.org), a pattern for hosts (https://*.example.org:
// one or more labels in place of the star, never none), a pattern for ports (http://localhost:*:
// any port, or none), or * for every origin. What an operator writes comes through ParseOrigin
// (config/origin.h), which makes it lower case and drops a scheme's own port, as browsers do.
//
// Threads: constant after construction.
// Invariants: an origin is compared byte for byte, and is reflected only when an entry other than *
// names it; credentials are allowed to those alone. The opaque origin "null" never gets them: any
// page can become one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ringcast {

// What a response tells the browser about cross-origin use.
struct CorsAnswer {
  std::string_view allow_origin;  // empty: no Access-Control-Allow-Origin
  bool credentials = false;       // Access-Control-Allow-Credentials: the origin is named
  bool vary = false;              // Vary: Origin, since the answer depends on it
};

class OriginPolicy {
 public:
  OriginPolicy() = default;  // no cross-origin use at all
  explicit OriginPolicy(const std::vector<std::string>& allowed);

  // `origin` is the raw field, empty if there was none. The answer's view lives as long as this
  // policy and `origin`.
  CorsAnswer For(std::string_view origin) const;

 private:
  struct Pattern {
    std::string before;  // "https://" of https://*.example.org, "http://localhost" of a port's
    std::string after;   // ".example.org"
    bool any_port = false;
  };
  bool Names(std::string_view origin) const;
  static bool Matches(const Pattern& pattern, std::string_view origin);

  std::vector<std::string> exact_;
  std::vector<Pattern> patterns_;
  bool any_ = false;
};

}  // namespace ringcast
