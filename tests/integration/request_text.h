// Short ways to write down requests.
#pragma once

#include <string>

namespace ringcast::test {

inline std::string Ask(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n";
}
inline std::string WithFields(const std::string& fields, const std::string& target = "/events/a") {
  return "GET " + target + " HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
inline std::string Post(const std::string& fields_and_body) {
  return "POST /publish/a HTTP/1.1\r\nHost: h\r\n" + fields_and_body;
}
inline std::string Chunked(const std::string& body) {
  return Post("Transfer-Encoding: chunked\r\n\r\n" + body);
}

}  // namespace ringcast::test
