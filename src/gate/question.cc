#include "gate/question.h"

namespace ringcast {

std::string JoinNames(const std::vector<std::string>& names) {
  std::string joined;
  for (const std::string& name : names) {
    if (!joined.empty()) joined += ',';
    joined += name;
  }
  return joined;
}

std::string Question::Key() const {
  std::string key;
  key.reserve(bytes());
  const std::string names = JoinNames(channels);
  for (const std::string* part :
       {&url.text, &method, &original_uri, &cookie, &authorization, &origin, &address, &names}) {
    key += *part;
    key += '\0';  // which none of them holds
  }
  return key;
}

std::size_t Question::bytes() const {
  std::size_t sum = sizeof(*this) + url.text.size() + url.request.size() + method.size() +
                    original_uri.size() + cookie.size() + authorization.size() + origin.size() +
                    address.size();
  for (const std::string& name : channels) sum += sizeof(name) + name.size();
  return sum;
}

}  // namespace ringcast
