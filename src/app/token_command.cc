#include "app/token_command.h"

#include <sys/stat.h>
#include <sysexits.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include "access/key_file.h"
#include "access/token_maker.h"
#include "app/token_report.h"
#include "config/units.h"
#include "protocol/channel_name.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

void Print(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

int Fail(int code, const std::string& what) {
  Print(stderr, "ringcast: " + what + "\n");
  return code;
}

int Misused(const std::string& what) {
  return Fail(EX_USAGE, what + "\nTry `ringcast token --help`.");
}

std::int64_t NowSeconds() { return static_cast<std::int64_t>(WallClockNow() / 1000); }

// A channel's name, or a prefix: whatever a name may begin with, and a star.
bool IsPattern(std::string_view text) {
  if (!text.ends_with('*')) return IsValidChannelName(text);
  text.remove_suffix(1);
  return text.empty() || IsValidChannelName(std::string(text) + "x");
}

Result<Claims> ClaimsOf(const TokenOptions& options) {
  Claims claims;
  for (const auto* list : {&options.subscribe, &options.publish}) {
    for (const std::string& pattern : *list) {
      if (IsPattern(pattern)) continue;
      return Error{Quoted(pattern) +
                   " is no channel; write its name, or a prefix and a star, such " +
                   "as \"job:*\""};
    }
  }
  claims.subscribe = options.subscribe;
  claims.publish = options.publish;
  if (!options.subject.empty()) claims.texts.emplace_back("sub", options.subject);
  if (!options.issuer.empty()) claims.texts.emplace_back("iss", options.issuer);
  for (const std::string& claim : options.claims) {
    const std::size_t equals = claim.find('=');
    const std::string name = claim.substr(0, equals);
    if (equals == std::string::npos || name.empty()) {
      return Error{Quoted(claim) + " is no claim; write NAME=TEXT, such as tenant=acme"};
    }
    if (claims.Text(name) != nullptr || name == "exp" || name == "iat" || name == "aud" ||
        name == "ringcast") {
      return Error{Quoted(name) + " would be there twice; leave it out"};
    }
    claims.texts.emplace_back(name, claim.substr(equals + 1));
  }
  const Result<Millis> ttl = ParseDuration(options.ttl);
  if (!ttl) return Error{"--ttl: " + ttl.error().message};
  if (ttl->count() < 1000) return Error{"--ttl: a token holds for a second at least"};
  claims.expires = NowSeconds() + ttl->count() / 1000;
  return claims;
}

int Make(const TokenOptions& options) {
  if (options.keys.size() != 1) return Misused("a token is signed with one key: give one --key");
  const Result<KeySource> source = ParseKeySource(options.keys.front());
  if (!source) return Misused("--key: " + source.error().message);
  Result<Claims> claims = ClaimsOf(options);
  if (!claims) return Misused(claims.error().message);
  const Result<LoadedKeys> loaded = LoadKeys(*source, KeyUse::kSign);
  if (!loaded) return Fail(EX_NOINPUT, loaded.error().message);
  for (const std::string& warning : loaded->warnings) Print(stderr, "ringcast: " + warning + "\n");
  const TokenContent content{
      .claims = std::move(*claims), .issued = NowSeconds(), .audience = options.audience};
  const Result<std::string> token = MakeToken(content, loaded->keys.front(), options.kid);
  if (!token) return Fail(EX_SOFTWARE, token.error().message);
  Print(stdout, *token + "\n");
  return EX_OK;
}

std::string ReadToken(const TokenOptions& options) {
  std::string token = options.token;
  if (token.empty() || token == "-") {
    token.resize(kMaxTokenBytes + 1024);
    token.resize(std::fread(token.data(), 1, token.size(), stdin));
  }
  // As it is copied from a log or a header.
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t first = token.find_first_not_of(kBlank);
  if (first == std::string::npos) return {};
  return token.substr(first, token.find_last_not_of(kBlank) - first + 1);
}

int Explain(const TokenOptions& options) {
  std::vector<ExplainedKey> keys;
  for (const std::string& text : options.keys) {
    const Result<KeySource> source = ParseKeySource(text);
    if (!source) return Misused("--key: " + source.error().message);
    Result<LoadedKeys> loaded = LoadKeys(*source, KeyUse::kVerify);
    if (!loaded) return Fail(EX_NOINPUT, loaded.error().message);
    for (TokenKey& key : loaded->keys) keys.push_back({source->path, std::move(key)});
  }
  const TokenReport report = ExplainToken(
      ReadToken(options), std::move(keys),
      {.algorithms = {}, .audience = options.audience, .issuer = options.issuer}, NowSeconds());
  Print(stdout, report.text);
  return report.taken ? EX_OK : EX_DATAERR;
}

// Never over a file that is there: it may be a key in use.
Status WriteNew(const std::string& path, std::string_view text) {
  const auto close = [](std::FILE* stream) { std::fclose(stream); };
  const std::unique_ptr<std::FILE, decltype(close)> stream(std::fopen(path.c_str(), "wbxe"), close);
  if (stream == nullptr || std::fwrite(text.data(), 1, text.size(), stream.get()) != text.size() ||
      std::fflush(stream.get()) != 0) {
    return Error{path + ": cannot be written: " + std::generic_category().message(errno)};
  }
  return Done{};
}

int MakeKey(const TokenOptions& options) {
  const std::optional<TokenAlgorithm> algorithm = FindTokenAlgorithm(options.algorithm);
  if (!algorithm) {
    return Misused("--algorithm: " + Quoted(options.algorithm) +
                   " is none; choose HS256, RS256, ES256 or EdDSA");
  }
  if (options.out.empty()) return Misused("--out FILE is required, where the key goes");
  const Result<TokenKey> key = TokenKey::Generate(*algorithm);
  if (!key) return Fail(EX_SOFTWARE, key.error().message);
  const Result<std::string> secret = key->PrivateText();
  if (!secret) return Fail(EX_SOFTWARE, secret.error().message);
  ::umask(0077);  // the owner alone may read it
  if (const Status written = WriteNew(options.out, *secret); !written) {
    return Fail(EX_CANTCREAT, written.error().message);
  }
  std::string told = options.out + ": " + key->Describe() + ", for whoever makes tokens";
  if (*algorithm == TokenAlgorithm::kHs256) {
    Print(stdout, told + ", and for --jwt-key\n");
    return EX_OK;
  }
  const Result<std::string> open = key->PublicText();
  if (!open) return Fail(EX_SOFTWARE, open.error().message);
  ::umask(0022);
  if (const Status written = WriteNew(options.out + ".pub", *open); !written) {
    return Fail(EX_CANTCREAT, written.error().message);
  }
  Print(stdout, told + "\n" + options.out + ".pub: its public half, for --jwt-key\n");
  return EX_OK;
}

}  // namespace

int RunToken(const TokenOptions& options) {
  if (options.action == "make") return Make(options);
  if (options.action == "explain") return Explain(options);
  if (options.action == "key") return MakeKey(options);
  return Misused(Quoted(options.action) + " is no action; choose make, explain or key");
}

}  // namespace ringcast
