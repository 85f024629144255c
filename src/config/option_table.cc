#include "config/option_table.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "config/nearest.h"
#include "config/option_parsers.h"
#include "config/option_texts.h"
#include "hub/budget.h"

namespace ringcast {
namespace {

using namespace option_parsers;  // NOLINT: the table below is made of them
using namespace option_texts;    // NOLINT: and of these

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::uint64_t kKiB = 1ull << 10;
constexpr std::uint64_t kMiB = 1ull << 20;
constexpr std::uint64_t kGiB = 1ull << 30;

// More threads than this are a slip of the keyboard, not a machine.
constexpr std::uint64_t kMaxShards = 256;
// Ten times what one machine's ports and memory were ever seen to carry.
constexpr std::uint64_t kMaxConnections = 100'000'000;
constexpr std::uint64_t kMaxHistoryEvents = 1'000'000'000;
// A publish frame carries up to 16 MiB before the connection is given up, header and names
// included.
constexpr std::uint64_t kMaxEventSize = 8 * kMiB;
constexpr std::uint64_t kMaxPublishers = 65'536;
// A batch is held whole until its last line is answered.
constexpr std::uint64_t kMaxBatchEvents = 10'000'000;
// Beyond this an address is not limited.
constexpr std::uint64_t kMaxConnectionRate = 1'000'000;
// More would be a flood that the application has not asked for.
constexpr std::uint64_t kMaxAuthConcurrency = 4'096;
// Room for the largest event in its encoded form, whatever its data.
constexpr std::uint64_t kMinHistoryMemory = 64 * kMiB;
constexpr std::uint64_t kMaxHistoryMemory = 16 * 1024 * kGiB;
// Deadlines are kept as 32-bit ticks; a week leaves room at any tick length.
constexpr Millis kLongest = 7 * 24h;

constexpr std::int64_t Ms(Millis time) { return time.count(); }

using O = ServeOptions;
using K = ValueKind;

constexpr std::string_view kListeners = "Listeners";
constexpr std::string_view kAccess = "Who may subscribe";
constexpr std::string_view kPublishing = "Publishing";
constexpr std::string_view kCapacity = "Capacity";
constexpr std::string_view kHistory = "History of each channel";
constexpr std::string_view kConnections = "Connections";
constexpr std::string_view kLog = "Log";

// Whether SIGHUP applies an option.
constexpr bool kAtStart = false;
constexpr bool kAtAnyTime = true;

constexpr std::array kTable{
    OptionSpec{"listen", kListeners, "[proxy:]ADDR:PORT|unix:PATH", "127.0.0.1:8080",
               "Where subscribers connect; may be given several times; proxy: in front if a proxy "
               "connects that sends the PROXY protocol",
               K::kAddress, ParseListen, Clear<&O::listen>, ListText<&O::listen>, Copy<&O::listen>,
               kAtStart},
    OptionSpec{"admin", kListeners, "ADDR:PORT|unix:PATH", "127.0.0.1:9180",
               "Where /metrics, /stats.json, /livez and /readyz are served; keep it private",
               K::kAddress, ParseAdmin, nullptr, Text<&O::admin>, Copy<&O::admin>, kAtStart},
    OptionSpec{
        "allow-origin", kListeners, "ORIGIN", "",
        "Web origin whose pages may read the streams (CORS), or *; may be given several times",
        K::kOrigin, ParseAllowOrigin, Clear<&O::allow_origin>, ListText<&O::allow_origin>,
        Copy<&O::allow_origin>, kAtAnyTime},
    OptionSpec{"trusted-proxy", kListeners, "ADDR|NETWORK|unix", "",
               "Proxy whose X-Forwarded-For tells the client's address, by address or network, or "
               "unix for all on UNIX sockets; may be given several times",
               K::kNetwork, ParseTrustedProxy, Clear<&O::trusted_proxy>,
               ListText<&O::trusted_proxy>, Copy<&O::trusted_proxy>, kAtAnyTime},
    OptionSpec{"demo", kListeners, "", "false",
               "Serve a page at / that subscribes and publishes, for a first look; only on "
               "loopback addresses",
               K::kSwitch, ParseSwitchInto<&O::demo>, nullptr, Text<&O::demo>, Copy<&O::demo>,
               kAtStart},

    OptionSpec{"auth", kAccess, "auto|none|token|url", "auto",
               "Who decides whether a client may subscribe, at /events and on routes that do not "
               "say; auto: token with a jwt-key, url with an auth-url, else none",
               K::kChoice, ParseAuth, nullptr, AuthText, Copy<&O::auth>, kAtAnyTime},
    OptionSpec{"jwt-key", kAccess, "[KID:]FILE", "",
               "Key that tokens are verified with: PEM, JWK, JWK set, or a secret of at least 32 "
               "bytes; may be given several times",
               K::kText, ParseJwtKey, Clear<&O::jwt_key>, ListText<&O::jwt_key>, Copy<&O::jwt_key>,
               kAtAnyTime},
    OptionSpec{"jwt-algorithm", kAccess, "HS256|RS256|ES256|EdDSA", "",
               "Algorithm that tokens may be signed by; without it those of the keys; may be given "
               "several times",
               K::kChoice, ParseJwtAlgorithm, Clear<&O::jwt_algorithm>, ListText<&O::jwt_algorithm>,
               Copy<&O::jwt_algorithm>, kAtAnyTime},
    OptionSpec{"jwt-audience", kAccess, "TEXT", "", "Audience (aud) that a token must name",
               K::kText, ParseTextInto<&O::jwt_audience>, nullptr, Text<&O::jwt_audience>,
               Copy<&O::jwt_audience>, kAtAnyTime},
    OptionSpec{"jwt-issuer", kAccess, "TEXT", "", "Issuer (iss) that a token must be of", K::kText,
               ParseTextInto<&O::jwt_issuer>, nullptr, Text<&O::jwt_issuer>, Copy<&O::jwt_issuer>,
               kAtAnyTime},
    OptionSpec{"jwt-leeway", kAccess, "TIME", "30s",
               "How long a token holds beyond its exp, and before its nbf", K::kDuration,
               ParseDurationInto<&O::jwt_leeway, Ms(1s), Ms(10min), Zero::kOff>, nullptr,
               Text<&O::jwt_leeway>, Copy<&O::jwt_leeway>, kAtAnyTime},
    OptionSpec{"jwt-cookie", kAccess, "NAME", "",
               "Cookie that may hold the token; without it no cookie is looked at", K::kText,
               ParseJwtCookie, nullptr, Text<&O::jwt_cookie>, Copy<&O::jwt_cookie>, kAtAnyTime},
    OptionSpec{"jwt-query", kAccess, "NAME", "",
               "Parameter of the query that may hold the token; without it the query is not looked "
               "at",
               K::kText, ParseJwtQuery, nullptr, Text<&O::jwt_query>, Copy<&O::jwt_query>,
               kAtAnyTime},
    OptionSpec{"auth-url", kAccess, "URL", "",
               "Address of the application that is asked whether a client may subscribe; "
               "http://unix:/PATH.sock:/URI for a UNIX socket",
               K::kUrl, ParseAuthUrlInto<&O::auth_url>, nullptr, Text<&O::auth_url>,
               Copy<&O::auth_url>, kAtAnyTime},
    OptionSpec{"auth-timeout", kAccess, "TIME", "2s",
               "Time the application has to answer; without an answer the client is asked to come "
               "back",
               K::kDuration,
               ParseDurationInto<&O::auth_timeout, Ms(10ms), Ms(1min), Zero::kRefused>, nullptr,
               Text<&O::auth_timeout>, Copy<&O::auth_timeout>, kAtAnyTime},
    OptionSpec{"auth-concurrency", kAccess, "N", "64",
               "Most questions to the application at a time; more wait for their turn", K::kCount,
               ParseCountInto<&O::auth_concurrency, 1, kMaxAuthConcurrency, Zero::kRefused>,
               nullptr, CountText<&O::auth_concurrency, Zero::kRefused>, Copy<&O::auth_concurrency>,
               kAtAnyTime},
    OptionSpec{"auth-cache", kAccess, "TIME", "off",
               "Time for which an answer of the application holds for the very same question",
               K::kDuration, ParseDurationInto<&O::auth_cache, Ms(10ms), Ms(1h), Zero::kOff>,
               nullptr, Text<&O::auth_cache>, Copy<&O::auth_cache>, kAtAnyTime},

    OptionSpec{"publish-socket", kPublishing, "PATH", "", "UNIX socket that publishers connect to",
               K::kPath, ParsePublishSocket, nullptr, Text<&O::publish_socket>,
               Copy<&O::publish_socket>, kAtStart},
    OptionSpec{"publish-listen", kPublishing, "ADDR:PORT", "",
               "Where publishers on other hosts connect, with HTTP and a token, which needs a "
               "jwt-key; may be given several times",
               K::kAddress, ParsePublishListen, Clear<&O::publish_listen>,
               ListText<&O::publish_listen>, Copy<&O::publish_listen>, kAtStart},
    OptionSpec{"publish-mode", kPublishing, "MODE", "0660",
               "File mode of the publish socket, in octal", K::kMode, ParsePublishMode, nullptr,
               ModeText<&O::publish_mode>, Copy<&O::publish_mode>, kAtAnyTime},
    OptionSpec{
        "publish-users", kPublishing, "USER", "",
        "User, by name or id, who may publish besides the daemon's own; may be given several "
        "times; with no user and no group the file mode alone decides",
        K::kAccount, ParseAccountInto<&O::publish_users>, Clear<&O::publish_users>,
        ListText<&O::publish_users>, Copy<&O::publish_users>, kAtAnyTime},
    OptionSpec{"publish-groups", kPublishing, "GROUP", "",
               "Group, by name or id, whose members may publish; may be given several times",
               K::kAccount, ParseAccountInto<&O::publish_groups>, Clear<&O::publish_groups>,
               ListText<&O::publish_groups>, Copy<&O::publish_groups>, kAtAnyTime},
    OptionSpec{"max-event-size", kPublishing, "SIZE", "1MiB",
               "Largest data of one event; larger ones are refused", K::kSize,
               ParseSizeInto<&O::max_event_size, 1, kMaxEventSize>, nullptr,
               SizeText<&O::max_event_size>, Copy<&O::max_event_size>, kAtAnyTime},
    OptionSpec{"max-batch-size", kPublishing, "SIZE", "16MiB",
               "Largest request with many events (NDJSON); larger ones are refused whole", K::kSize,
               ParseSizeInto<&O::max_batch_size, kKiB, kGiB>, nullptr, SizeText<&O::max_batch_size>,
               Copy<&O::max_batch_size>, kAtAnyTime},
    OptionSpec{"max-batch-events", kPublishing, "N", "100000",
               "Most lines of such a request; longer ones are refused whole", K::kCount,
               ParseCountInto<&O::max_batch_events, 1, kMaxBatchEvents, Zero::kRefused>, nullptr,
               CountText<&O::max_batch_events, Zero::kRefused>, Copy<&O::max_batch_events>,
               kAtAnyTime},
    OptionSpec{"max-publishers", kPublishing, "N", "256", "Most publishers connected at a time",
               K::kCount, ParseCountInto<&O::max_publishers, 1, kMaxPublishers, Zero::kRefused>,
               nullptr, CountText<&O::max_publishers, Zero::kRefused>, Copy<&O::max_publishers>,
               kAtAnyTime},
    OptionSpec{"idempotency-window", kPublishing, "TIME", "5m",
               "Time for which an event with an idempotency key is told from the same one sent "
               "again; off: keys mean nothing",
               K::kDuration,
               ParseDurationInto<&O::idempotency_window, Ms(1000ms), Ms(24h), Zero::kOff>, nullptr,
               Text<&O::idempotency_window>, Copy<&O::idempotency_window>, kAtAnyTime},

    OptionSpec{"shards", kCapacity, "N", "auto",
               "Threads that hold connections; auto: one per core this process may use", K::kCount,
               ParseCountInto<&O::shards, 1, kMaxShards, Zero::kAuto>, nullptr,
               CountText<&O::shards, Zero::kAuto>, Copy<&O::shards>, kAtStart},
    OptionSpec{"pin-shards", kCapacity, "", "false", "Bind each shard's thread to one core",
               K::kSwitch, ParseSwitchInto<&O::pin_shards>, nullptr, Text<&O::pin_shards>,
               Copy<&O::pin_shards>, kAtStart},
    OptionSpec{"max-connections", kCapacity, "N", "auto",
               "Most subscribers at a time; auto: what memory and limits allow", K::kCount,
               ParseCountInto<&O::max_connections, 1, kMaxConnections, Zero::kAuto>, nullptr,
               CountText<&O::max_connections, Zero::kAuto>, Copy<&O::max_connections>, kAtAnyTime},
    OptionSpec{"max-connections-per-ip", kCapacity, "N", "off",
               "Most subscribers at a time from one address; behind a proxy see --trusted-proxy",
               K::kCount,
               ParseCountInto<&O::max_connections_per_ip, 1, kMaxConnections, Zero::kOff>, nullptr,
               CountText<&O::max_connections_per_ip, Zero::kOff>, Copy<&O::max_connections_per_ip>,
               kAtAnyTime},
    OptionSpec{"connection-rate-per-ip", kCapacity, "N", "off",
               "Most connections a second from one address; behind a proxy see --trusted-proxy",
               K::kCount,
               ParseCountInto<&O::connection_rate_per_ip, 1, kMaxConnectionRate, Zero::kOff>,
               nullptr, CountText<&O::connection_rate_per_ip, Zero::kOff>,
               Copy<&O::connection_rate_per_ip>, kAtAnyTime},
    OptionSpec{"connection-burst-per-ip", kCapacity, "N", "auto",
               "Most connections at once from one address while its rate is limited; auto: as many "
               "as the rate allows in a second",
               K::kCount,
               ParseCountInto<&O::connection_burst_per_ip, 1, kMaxConnectionRate, Zero::kAuto>,
               nullptr, CountText<&O::connection_burst_per_ip, Zero::kAuto>,
               Copy<&O::connection_burst_per_ip>, kAtAnyTime},
    OptionSpec{"max-channels-per-stream", kCapacity, "N", "64", "Most channels of one stream",
               K::kCount,
               ParseCountInto<&O::max_channels_per_stream, 1, budget::kMaxChannelsPerStream,
                              Zero::kRefused>,
               nullptr, CountText<&O::max_channels_per_stream, Zero::kRefused>,
               Copy<&O::max_channels_per_stream>, kAtAnyTime},
    OptionSpec{"max-subscribers-per-channel", kCapacity, "N", "off",
               "Most subscribers of one channel at a time", K::kCount,
               ParseCountInto<&O::max_subscribers_per_channel, 1, kMaxConnections, Zero::kOff>,
               nullptr, CountText<&O::max_subscribers_per_channel, Zero::kOff>,
               Copy<&O::max_subscribers_per_channel>, kAtAnyTime},

    OptionSpec{"max-channels", kCapacity, "N", "1000000",
               "Most channels at a time that publishers have created with PUT", K::kCount,
               ParseCountInto<&O::max_channels, 1, kMaxConnections, Zero::kRefused>, nullptr,
               CountText<&O::max_channels, Zero::kRefused>, Copy<&O::max_channels>, kAtAnyTime},

    OptionSpec{"history-events", kHistory, "N", "1000",
               "Most events kept for clients that resume; off: none", K::kCount,
               ParseCountInto<&O::history_events, 1, kMaxHistoryEvents, Zero::kOff>, nullptr,
               CountText<&O::history_events, Zero::kOff>, Copy<&O::history_events>, kAtAnyTime},
    OptionSpec{"history-bytes", kHistory, "SIZE", "1MiB", "Most bytes kept for clients that resume",
               K::kSize, ParseSizeInto<&O::history_bytes, kKiB, 16 * kGiB>, nullptr,
               SizeText<&O::history_bytes>, Copy<&O::history_bytes>, kAtAnyTime},
    OptionSpec{"history-ttl", kHistory, "TIME", "5m",
               "Oldest event kept; off: only number and bytes decide", K::kDuration,
               ParseDurationInto<&O::history_ttl, Ms(100ms), Ms(kLongest), Zero::kOff>, nullptr,
               Text<&O::history_ttl>, Copy<&O::history_ttl>, kAtAnyTime},
    OptionSpec{
        "history-memory", kHistory, "SIZE", "auto",
        "Most memory of all channels' histories together, beyond which the oldest events go; "
        "auto: a quarter of the machine's or of the control group's",
        K::kSize, ParseMemoryInto<&O::history_memory, kMinHistoryMemory, kMaxHistoryMemory>,
        nullptr, MemoryText<&O::history_memory>, Copy<&O::history_memory>, kAtAnyTime},
    OptionSpec{"ended-ttl", kHistory, "TIME", "1h",
               "Time in which a client that comes for a channel that was ended is told so (204), "
               "and stops",
               K::kDuration, ParseDurationInto<&O::ended_ttl, Ms(1s), Ms(kLongest), Zero::kOff>,
               nullptr, Text<&O::ended_ttl>, Copy<&O::ended_ttl>, kAtAnyTime},

    OptionSpec{"heartbeat", kConnections, "TIME", "15s",
               "Comment sent on a stream that was quiet this long, so that proxies keep it open",
               K::kDuration, ParseHeartbeatInto<&O::heartbeat>, nullptr, Text<&O::heartbeat>,
               Copy<&O::heartbeat>, kAtAnyTime},
    OptionSpec{"idle-timeout", kConnections, "TIME", "1h",
               "Close a stream that had no event for this long", K::kDuration,
               ParseDurationInto<&O::idle_timeout, Ms(100ms), Ms(kLongest), Zero::kOff>, nullptr,
               Text<&O::idle_timeout>, Copy<&O::idle_timeout>, kAtAnyTime},
    OptionSpec{"max-lifetime", kConnections, "TIME", "off",
               "Close a stream this long after it began, each a little earlier or later",
               K::kDuration,
               ParseDurationInto<&O::max_lifetime, Ms(100ms), Ms(kLongest), Zero::kOff>, nullptr,
               Text<&O::max_lifetime>, Copy<&O::max_lifetime>, kAtAnyTime},
    OptionSpec{"stall-timeout", kConnections, "TIME", "10s",
               "Drop a client that has taken nothing for this long while events wait", K::kDuration,
               ParseDurationInto<&O::stall_timeout, Ms(100ms), Ms(1h), Zero::kRefused>, nullptr,
               Text<&O::stall_timeout>, Copy<&O::stall_timeout>, kAtAnyTime},
    OptionSpec{"header-timeout", kConnections, "TIME", "10s",
               "Time a client has to send its whole request", K::kDuration,
               ParseDurationInto<&O::header_timeout, Ms(100ms), Ms(10min), Zero::kRefused>, nullptr,
               Text<&O::header_timeout>, Copy<&O::header_timeout>, kAtAnyTime},
    OptionSpec{"retry", kConnections, "TIME", "3s",
               "Time after which clients are told to reconnect", K::kDuration,
               ParseDurationInto<&O::retry, Ms(1ms), Ms(1h), Zero::kRefused>, nullptr,
               Text<&O::retry>, Copy<&O::retry>, kAtAnyTime},
    OptionSpec{"drain-timeout", kConnections, "TIME", "5s",
               "Time over which streams are closed when the daemon ends; off: all at once",
               K::kDuration, ParseDurationInto<&O::drain_timeout, Ms(1ms), Ms(1h), Zero::kOff>,
               nullptr, Text<&O::drain_timeout>, Copy<&O::drain_timeout>, kAtAnyTime},

    OptionSpec{"log-level", kLog, "error|warning|info|debug", "info",
               "Least serious messages that are written", K::kChoice, ParseLogLevel, nullptr,
               Text<&O::log_level>, Copy<&O::log_level>, kAtAnyTime},
    OptionSpec{"log-format", kLog, "auto|journald|text|json", "auto",
               "Form of the log on standard error; auto: journald under systemd, else text",
               K::kChoice, ParseLogFormat, nullptr, Text<&O::log_format>, Copy<&O::log_format>,
               kAtAnyTime},
};

}  // namespace

std::string KebabCase(std::string_view name) {
  std::string kebab(name);
  std::replace(kebab.begin(), kebab.end(), '_', '-');
  return kebab;
}

std::span<const OptionSpec> OptionTable() { return kTable; }

const OptionSpec* FindOption(std::string_view name) {
  const std::string kebab = KebabCase(name);
  for (const OptionSpec& spec : kTable) {
    if (spec.name == kebab) return &spec;
  }
  return nullptr;
}

const OptionSpec* NearestOption(std::string_view name) {
  std::array<std::string_view, kTable.size()> names;
  std::transform(kTable.begin(), kTable.end(), names.begin(),
                 [](const OptionSpec& spec) { return spec.name; });
  const std::string_view nearest = Nearest(KebabCase(name), names);
  return nearest.empty() ? nullptr : FindOption(nearest);
}

std::string RestartOnlyNames() {
  std::string names;
  for (const OptionSpec& spec : kTable) {
    if (spec.reloadable) continue;
    if (!names.empty()) names += ", ";
    names += spec.name;
  }
  return names;
}

std::string EnvironmentName(const OptionSpec& spec) {
  std::string name = "RINGCAST_" + std::string(spec.name);
  for (char& c : name) {
    if (c == '-') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

std::string_view KindDescription(ValueKind kind) {
  switch (kind) {
    case ValueKind::kAddress:
      return "an address such as \"127.0.0.1:8080\"";
    case ValueKind::kPath:
      return "a path such as \"/run/ringcast/publish.sock\"";
    case ValueKind::kCount:
      return "a whole number";
    case ValueKind::kSize:
      return "a size such as \"64KiB\"";
    case ValueKind::kDuration:
      return "a time such as \"15s\"";
    case ValueKind::kMode:
      return "a file mode such as \"0660\"";
    case ValueKind::kSwitch:
      return "true or false";
    case ValueKind::kChoice:
      return "a word in quotes";
    case ValueKind::kAccount:
      return "a name such as \"www-data\" or a numeric id";
    case ValueKind::kOrigin:
      return "an origin such as \"https://example.org\"";
    case ValueKind::kNetwork:
      return "an address or network such as \"10.0.0.0/8\", or \"unix\"";
    case ValueKind::kUrl:
      return "a URL such as \"http://127.0.0.1:3000/sse-auth\"";
    case ValueKind::kText:
      return "a text in quotes";
  }
  return "";
}

}  // namespace ringcast
