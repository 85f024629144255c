#include "sequencer/publish_denial.h"

namespace ringcast {

std::string_view Name(PublishDenial denial) {
  switch (denial) {
    case PublishDenial::kNoToken:
      return "no_token";
    case PublishDenial::kInvalidToken:
      return "invalid_token";
    case PublishDenial::kNotAllowed:
      return "not_allowed";
  }
  return "unknown";
}

}  // namespace ringcast
