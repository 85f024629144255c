// Verifying a token of a usual size with each algorithm, a sound one and one whose signature is
// wrong: what a request for a stream costs its shard, and what a forged one does. OpenSSL's own
// allocations are counted beside those of operator new.
#include <benchmark/benchmark.h>
#include <openssl/crypto.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access/token_maker.h"
#include "access/token_verifier.h"
#include "allocation_count.h"
#include "base/check.h"

namespace ringcast {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

std::atomic<std::uint64_t> openssl_allocations{0};

// Before anything in the library has allocated.
[[maybe_unused]] const bool kCounts = [] {
  return CRYPTO_set_mem_functions(
             [](std::size_t size, const char*, int) {
               openssl_allocations.fetch_add(1, std::memory_order_relaxed);
               return std::malloc(size);
             },
             [](void* memory, std::size_t size, const char*, int) {
               openssl_allocations.fetch_add(1, std::memory_order_relaxed);
               return std::realloc(memory, size);
             },
             [](void* memory, const char*, int) { std::free(memory); }) == 1;
}();

void Verify(benchmark::State& state, TokenAlgorithm algorithm, bool sound) {
  const Result<TokenKey> key = TokenKey::Generate(algorithm);
  TokenContent content;
  content.issued = kNow;
  content.claims = {.expires = kNow + 3600,
                    .subscribe = {"job:1", "user:42:*"},
                    .publish = {},
                    .texts = {{"sub", "42"}, {"iss", "https://app.example.org"}}};
  content.audience = "events";
  std::string token = *MakeToken(content, *key);
  if (!sound) token[token.size() - 20] = token[token.size() - 20] == 'A' ? 'B' : 'A';
  std::vector<TokenKey> keys;
  keys.push_back(std::move(*key->PublicHalf()));
  const auto verifier = TokenVerifier::Make(std::move(keys), {.audience = "events"});
  const auto judge = [&] {
    Claims claims;
    const bool taken = !(*verifier)->Judge(token, kNow, claims).has_value();
    RC_CHECK(taken == sound, "a sound token is taken, and no other");
  };
  for (int i = 0; i < 10; ++i) judge();
  const std::uint64_t own = bench::AllocationCount();
  const std::uint64_t openssl = openssl_allocations.load();
  judge();
  const std::uint64_t own_once = bench::AllocationCount() - own;
  const std::uint64_t openssl_once = openssl_allocations.load() - openssl;
  for (auto _ : state) judge();
  // As many for each token, however many were verified before.
  const auto rounds = static_cast<std::uint64_t>(state.iterations()) + 1;
  RC_CHECK(bench::AllocationCount() - own == own_once * rounds, "allocations are bounded");
  state.counters["allocations"] = static_cast<double>(own_once);
  state.counters["openssl_allocations"] = static_cast<double>(openssl_once);
  state.counters["bytes"] = static_cast<double>(token.size());
}

BENCHMARK_CAPTURE(Verify, HS256_sound, TokenAlgorithm::kHs256, true);
BENCHMARK_CAPTURE(Verify, HS256_wrong, TokenAlgorithm::kHs256, false);
BENCHMARK_CAPTURE(Verify, RS256_sound, TokenAlgorithm::kRs256, true);
BENCHMARK_CAPTURE(Verify, RS256_wrong, TokenAlgorithm::kRs256, false);
BENCHMARK_CAPTURE(Verify, ES256_sound, TokenAlgorithm::kEs256, true);
BENCHMARK_CAPTURE(Verify, ES256_wrong, TokenAlgorithm::kEs256, false);
BENCHMARK_CAPTURE(Verify, EdDSA_sound, TokenAlgorithm::kEdDsa, true);
BENCHMARK_CAPTURE(Verify, EdDSA_wrong, TokenAlgorithm::kEdDsa, false);

}  // namespace
}  // namespace ringcast
