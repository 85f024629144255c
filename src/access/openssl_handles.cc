#include "access/openssl_handles.h"

#include <openssl/err.h>

namespace ringcast {

std::string TakeOpenSslError() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  std::string text = reason == nullptr ? "no reason given" : reason;
  ERR_clear_error();
  return text;
}

void ForgetOpenSslErrors() { ERR_clear_error(); }

}  // namespace ringcast
