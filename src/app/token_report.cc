#include "app/token_report.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "access/base64url.h"
#include "base/time.h"
#include "config/units.h"
#include "protocol/log_escape.h"
#include "protocol/response_head.h"

namespace ringcast {
namespace {

// "Sun, 22 Nov 2026 02:00:00 GMT, in 59m59s".
std::string TimeInWords(std::int64_t seconds, std::int64_t now) {
  std::string text = HttpDate(static_cast<UnixMillis>(seconds) * 1000);
  if (seconds == now) return text + ", now";
  const Millis away{(seconds > now ? seconds - now : now - seconds) * 1000};
  const std::string duration = FormatDuration(away);
  return text + (seconds > now ? ", in " + duration : ", " + duration + " ago");
}

std::string Listed(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "" : ", ") + EscapeForLog(item);
  return text.empty() ? "nothing" : text;
}

class Explainer {
 public:
  Explainer(std::vector<ExplainedKey> keys, const TokenRules& rules, std::int64_t now)
      : keys_(std::move(keys)), rules_(rules), now_(now) {}

  TokenReport Explain(std::string_view token) {
    ShowHeader(token);
    ShowBody(token);
    ShowSignature(token);
    const std::optional<TokenFault> fault = Judge(token);
    if (!fault) {
      report_.taken = true;
      report_.text += keys_.empty()
                          ? "It would be taken, if its signature is by a key of the daemon\n"
                          : "It would be taken\n";
    } else {
      report_.text += "It would be refused: " + std::string(Describe(*fault)) + "\n";
    }
    return std::move(report_);
  }

 private:
  void Line(std::string_view name, const std::string& value) {
    constexpr std::size_t kColumn = 12;
    std::string left(name);
    left.resize(std::max(kColumn, left.size() + 1), ' ');
    report_.text += "  " + left + value + "\n";
  }

  void ShowHeader(std::string_view token) {
    const std::optional<TokenParts> parts = SplitToken(token);
    const auto json = parts ? DecodeBase64Url(parts->header) : std::nullopt;
    if (!json) return;
    const auto read = ReadTokenHeader(*json);
    const auto* header = std::get_if<TokenHeader>(&read);
    if (header == nullptr) return;
    report_.text += "Header\n";
    Line("alg", EscapeForLog(header->algorithm));
    Line("kid", header->kid ? EscapeForLog(*header->kid) : "none");
  }

  void ShowBody(std::string_view token) {
    const std::optional<TokenParts> parts = SplitToken(token);
    const auto json = parts ? DecodeBase64Url(parts->payload) : std::nullopt;
    if (!json) return;
    auto read = ReadTokenBody(*json);
    if (const auto* fault = std::get_if<TokenFault>(&read)) {
      body_fault_ = *fault;
      return;
    }
    body_ = std::move(std::get<TokenBody>(read));
    report_.text += "Claims\n";
    for (const auto& [name, text] : body_->claims.texts) {
      if (name != "aud") Line(EscapeForLog(name), EscapeForLog(text));
    }
    if (!body_->audience.empty()) Line("aud", Listed(body_->audience));
    if (body_->not_before) Line("nbf", TimeInWords(*body_->not_before, now_));
    Line("exp", body_->expires ? TimeInWords(*body_->expires, now_) : "none");
    Line("subscribe", Listed(body_->claims.subscribe));
    Line("publish", Listed(body_->claims.publish));
  }

  void ShowSignature(std::string_view token) {
    if (keys_.empty()) return;
    const std::optional<TokenParts> parts = SplitToken(token);
    const auto signature = parts ? DecodeBase64Url(parts->signature) : std::nullopt;
    if (!signature) return;
    report_.text += "Signature\n";
    for (const ExplainedKey& one : keys_) {
      const bool good = one.key.Verify(parts->signed_text, *signature);
      Line(good ? "good" : "not", "by " + one.key.Describe() + " of " + one.file +
                                      (one.key.kid().empty() ? "" : ", called " + one.key.kid()));
    }
  }

  // As the daemon would with these keys; without keys, what can be said without them.
  std::optional<TokenFault> Judge(std::string_view token) {
    if (!keys_.empty()) {
      std::vector<TokenKey> keys;
      for (ExplainedKey& one : keys_) keys.push_back(std::move(one.key));
      const auto verifier = TokenVerifier::Make(std::move(keys), rules_);
      if (!verifier) return TokenFault::kKey;
      Claims claims;
      return (*verifier)->Judge(token, now_, claims);
    }
    if (token.size() > kMaxTokenBytes) return TokenFault::kMalformed;
    const std::optional<TokenParts> parts = SplitToken(token);
    const auto json = parts ? DecodeBase64Url(parts->header) : std::nullopt;
    if (!json || !DecodeBase64Url(parts->signature)) return TokenFault::kMalformed;
    const auto read = ReadTokenHeader(*json);
    if (const auto* fault = std::get_if<TokenFault>(&read)) return *fault;
    const auto& header = std::get<TokenHeader>(read);
    if (header.brings_key || header.is_critical) return TokenFault::kHeader;
    if (!FindTokenAlgorithm(header.algorithm)) return TokenFault::kAlgorithm;
    if (!body_) return body_fault_;
    return JudgeTokenBody(*body_, rules_, now_);
  }

  std::vector<ExplainedKey> keys_;
  const TokenRules& rules_;
  const std::int64_t now_;
  TokenReport report_;
  std::optional<TokenBody> body_;
  TokenFault body_fault_ = TokenFault::kMalformed;
};

}  // namespace

TokenReport ExplainToken(std::string_view token, std::vector<ExplainedKey> keys,
                         const TokenRules& rules, std::int64_t unix_seconds) {
  return Explainer(std::move(keys), rules, unix_seconds).Explain(token);
}

}  // namespace ringcast
