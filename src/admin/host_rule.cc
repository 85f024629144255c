#include "admin/host_rule.h"

#include "protocol/host_name.h"

namespace ringcast {

bool AnswersTo(const ListenAddress& listener, std::string_view host) {
  return !listener.IsLoopback() || IsNobodysName(host);
}

}  // namespace ringcast
