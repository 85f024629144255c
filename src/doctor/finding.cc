#include "doctor/finding.h"

#include <utility>

#include "base/check.h"

namespace ringcast {
namespace {

constexpr int kWarned = 1;

}  // namespace

std::string_view Name(FindingLevel level) {
  switch (level) {
    case FindingLevel::kOk:
      return "ok";
    case FindingLevel::kNote:
      return "note";
    case FindingLevel::kWarning:
      return "warning";
    case FindingLevel::kError:
      return "error";
  }
  return "unknown";
}

Finding Finding::Ok(std::string_view check, std::string what) {
  return {FindingLevel::kOk, check, std::move(what), {}, {}, 0};
}

Finding Finding::Note(std::string_view check, std::string what, std::string why, std::string fix) {
  return {FindingLevel::kNote, check, std::move(what), std::move(why), std::move(fix), 0};
}

Finding Finding::Warning(std::string_view check, std::string what, std::string why,
                         std::string fix) {
  return {FindingLevel::kWarning, check, std::move(what), std::move(why), std::move(fix), 0};
}

Finding Finding::Error(std::string_view check, int exit_code, std::string what, std::string why,
                       std::string fix) {
  RC_CHECK(exit_code != 0, "an error ends with a code");
  return {FindingLevel::kError, check, std::move(what), std::move(why), std::move(fix), exit_code};
}

std::string Finding::Sentence() const { return fix.empty() ? what : what + "; " + fix; }

FindingCounts Count(std::span<const Finding> findings) {
  FindingCounts counts;
  for (const Finding& finding : findings) {
    switch (finding.level) {
      case FindingLevel::kOk:
        ++counts.ok;
        break;
      case FindingLevel::kNote:
        ++counts.notes;
        break;
      case FindingLevel::kWarning:
        ++counts.warnings;
        break;
      case FindingLevel::kError:
        ++counts.errors;
        break;
    }
  }
  return counts;
}

int ExitCode(std::span<const Finding> findings) {
  int code = 0;
  for (const Finding& finding : findings) {
    if (finding.level == FindingLevel::kError) return finding.exit_code;
    if (finding.level == FindingLevel::kWarning) code = kWarned;
  }
  return code;
}

}  // namespace ringcast
