#include "config/options_loader.h"

#include <sysexits.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "config/auth_target.h"
#include "config/config_file.h"
#include "config/option_table.h"

namespace ringcast {
namespace {

constexpr std::string_view kPrefix = "RINGCAST_";

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// A variable holds one text, so a repeatable option separates its values with commas.
std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t comma = text.find(',');
    parts.emplace_back(Trimmed(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

class Loader {
 public:
  explicit Loader(const OptionSources& sources) : sources_(sources) {
    loaded_.options.sources = sources;
  }

  LoadedOptions Load() {
    ReadFile();
    ReadVariables();
    ReadFlags();
    if (loaded_.options.publish_socket.empty()) {
      loaded_.options.publish_socket = DefaultPublishSocket(sources_.environment, geteuid());
    }
    // Values that did not parse would only lead to more errors about their defaults.
    if (loaded_.errors.empty()) {
      CheckAddresses();
      CheckPublishListen();
      CheckAuthorization();
      CheckDemo();
      CheckTables();
    }
    return std::move(loaded_);
  }

 private:
  void Store(const OptionSpec& spec, OptionOrigin origin, const std::string& place,
             std::string_view text) {
    const Status stored = spec.parse(text, loaded_.options);
    if (!stored) Fail(origin, place + ": " + stored.error().message);
  }

  void Fail(OptionOrigin origin, std::string message) {
    loaded_.errors.push_back({.origin = origin, .message = std::move(message)});
  }

  // Remembered so that a mistake in the whole names the place that can mend it.
  void Begin(const OptionSpec& spec, OptionOrigin origin, std::string place) {
    if (spec.repeatable()) spec.clear(loaded_.options);
    if (spec.name == "listen") listen_ = {origin, place};
    if (spec.name == "admin") admin_ = {origin, place};
    if (spec.name == "publish-socket") publish_socket_ = {origin, place};
    named_.insert_or_assign(spec.name, Source{origin, std::move(place)});
  }

  void ReadFile() {
    std::string path = sources_.config_file;
    if (path.empty()) path = FindVariable(sources_.environment, "RINGCAST_CONFIG");
    if (path.empty()) return;
    loaded_.options.sources.config_file = path;
    ConfigFile file = ReadConfigFile(path);
    for (std::string& error : file.errors) Fail(OptionOrigin::kFile, std::move(error));
    for (const ConfigEntry& entry : file.entries) {
      const std::string name(entry.spec->name);
      Begin(*entry.spec, OptionOrigin::kFile, entry.place + ": " + name);
      for (const ConfigValue& value : entry.values) {
        Store(*entry.spec, OptionOrigin::kFile, value.place + ": " + name, value.text);
      }
    }
    for (const ConfigRow& row : file.rows) StoreRow(row, std::string(row.table->name));
    rows_ = std::move(file.rows);
  }

  // `name`: of the row's table, with those around it.
  void StoreRow(const ConfigRow& row, const std::string& name) {
    row.table->add(loaded_.options);
    for (const ConfigRowEntry& entry : row.entries) {
      if (entry.key->repeatable()) entry.key->clear(loaded_.options);
      for (const ConfigValue& value : entry.values) {
        const Status stored = entry.key->parse(value.text, loaded_.options);
        if (stored) continue;
        Fail(OptionOrigin::kFile, value.place + ": " + name + "." + std::string(entry.key->name) +
                                      ": " + stored.error().message);
      }
    }
    for (const ConfigRow& inner : row.rows) {
      StoreRow(inner, name + "." + std::string(inner.table->name));
    }
  }

  void CheckTables() {
    for (const TableSpec* table : Tables()) {
      if (table->check == nullptr) continue;
      std::vector<ConfigRow> rows;
      std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(rows),
                   [table](const ConfigRow& row) { return row.table == table; });
      std::vector<std::string> errors;
      table->check(loaded_.options, rows, errors);
      for (std::string& error : errors) Fail(OptionOrigin::kFile, std::move(error));
    }
  }

  void ReadVariables() {
    for (const OptionSpec& spec : OptionTable()) {
      const std::string name = EnvironmentName(spec);
      const std::string_view text = FindVariable(sources_.environment, name);
      if (text.empty()) continue;
      Begin(spec, OptionOrigin::kEnvironment, name);
      if (!spec.repeatable()) {
        Store(spec, OptionOrigin::kEnvironment, name, text);
        continue;
      }
      for (const std::string& part : SplitList(text)) {
        Store(spec, OptionOrigin::kEnvironment, name, part);
      }
    }
  }

  void ReadFlags() {
    for (const OptionSources::Value& flag : sources_.flags) {
      const OptionSpec* spec = FindOption(flag.name);
      const std::string name = "--" + flag.name;
      if (spec == nullptr) {
        Fail(OptionOrigin::kFlag, name + ": no such option");
        continue;
      }
      Begin(*spec, OptionOrigin::kFlag, name);
      for (const std::string& text : flag.values) Store(*spec, OptionOrigin::kFlag, name, text);
    }
  }

  // Two listeners on one address would end in a failed bind after half of the start.
  void CheckAddresses() {
    const ServeOptions& options = loaded_.options;
    if (options.listen.empty()) {
      Fail(listen_.origin, listen_.place + ": has no address; name at least one");
    }
    for (std::size_t i = 0; i < options.listen.size(); ++i) {
      const ListenAddress& address = options.listen[i];
      const auto before = options.listen.begin() + static_cast<long>(i);
      if (std::any_of(options.listen.begin(), before,
                      [&](const ListenAddress& other) { return other.SamePlace(address); })) {
        Fail(listen_.origin, listen_.place + ": names " + address.ToString() + " twice");
      }
      if (address.SamePlace(options.admin)) {
        const Source& source = std::max(
            listen_, admin_, [](const Source& a, const Source& b) { return a.origin < b.origin; });
        Fail(source.origin, source.place + ": " + address.ToString() +
                                " is both a public and the admin address; choose another for one");
      }
    }
    const ListenAddress publish = ListenAddress::Unix(options.publish_socket);
    const bool taken =
        publish == options.admin ||
        std::any_of(options.listen.begin(), options.listen.end(),
                    [&](const ListenAddress& address) { return address.SamePlace(publish); });
    if (taken) {
      Fail(publish_socket_.origin, publish_socket_.place + ": " + options.publish_socket +
                                       " is also the path of a listener; choose another for one");
    }
  }

  void CheckPublishListen() {
    const ServeOptions& options = loaded_.options;
    const auto fail = [this](std::string message) {
      const Source& source = named_["publish-listen"];
      Fail(source.origin, source.place + ": " + std::move(message));
    };
    for (std::size_t i = 0; i < options.publish_listen.size(); ++i) {
      const ListenAddress& address = options.publish_listen[i];
      const auto same = [&](const ListenAddress& other) { return other.SamePlace(address); };
      const auto before = options.publish_listen.begin() + static_cast<long>(i);
      if (std::any_of(options.publish_listen.begin(), before, same)) {
        fail("names " + address.ToString() + " twice");
      }
      if (std::any_of(options.listen.begin(), options.listen.end(), same)) {
        fail(address.ToString() + " is also where subscribers connect; choose another for one");
      }
      if (same(options.admin)) {
        fail(address.ToString() + " is also the admin address; choose another for one");
      }
    }
    // Whoever gets to the port could publish.
    if (!options.publish_listen.empty() && options.jwt_key.empty()) {
      fail("needs a key that tokens are verified with; name one with jwt-key");
    }
  }

  // What would let everybody in, or nobody, because half of it is missing.
  void CheckAuthorization() {
    CheckTokens();
    CheckApplication();
    const ServeOptions& options = loaded_.options;
    if (!options.auth && !options.jwt_key.empty() && !options.auth_url.empty()) {
      Refuse("auth-url",
             "stands beside jwt-key, and both could decide; say which with auth = \"url\" or "
             "\"token\"");
    }
  }

  void CheckTokens() {
    const ServeOptions& options = loaded_.options;
    if (!options.jwt_key.empty()) return;
    const auto refuse = [this](std::string_view option, bool given, std::string_view why) {
      if (given) Refuse(option, std::string(why) + "; name a key with jwt-key");
    };
    constexpr std::string_view kUseless = "means nothing without a key, so no token is asked for";
    refuse("auth", options.auth == AuthMode::kToken, "\"token\" needs a key to verify it with");
    refuse("jwt-algorithm", !options.jwt_algorithm.empty(), kUseless);
    refuse("jwt-audience", !options.jwt_audience.empty(), kUseless);
    refuse("jwt-issuer", !options.jwt_issuer.empty(), kUseless);
    refuse("jwt-cookie", !options.jwt_cookie.empty(), kUseless);
    refuse("jwt-query", !options.jwt_query.empty(), kUseless);
  }

  // Whoever decides must be there, and be somebody else.
  void CheckApplication() {
    const ServeOptions& options = loaded_.options;
    if (options.auth == AuthMode::kUrl && options.auth_url.empty()) {
      Refuse("auth",
             "\"url\" asks the application, but nothing says where it is; add auth-url, "
             "such as http://127.0.0.1:3000/sse-auth");
    }
    if (options.auth_url.empty()) return;
    const std::string fault = AuthUrlFault(options.auth_url, options);
    if (!fault.empty()) Refuse("auth-url", fault);
  }

  // Where the option was set last.
  void Refuse(std::string_view option, const std::string& why) {
    const Source& source = named_[option];
    Fail(source.origin, source.place + ": " + why);
  }

  // The demo publishes for whoever reaches it.
  void CheckDemo() {
    const ServeOptions& options = loaded_.options;
    if (!options.demo) return;
    for (const ListenAddress& address : options.listen) {
      if (address.IsLoopback() && !address.proxy_protocol) continue;
      Refuse("demo",
             "whoever reaches the demo may publish, so it is served on loopback addresses alone, "
             "and " +
                 address.ToString() +
                 " is none; listen on 127.0.0.1:8080 and reach it from elsewhere by "
                 "`ssh -L 8080:127.0.0.1:8080 HOST`, or leave the demo away");
    }
  }

  struct Source {
    OptionOrigin origin = OptionOrigin::kDefault;
    std::string place;
  };

  const OptionSources& sources_;
  LoadedOptions loaded_;
  std::vector<ConfigRow> rows_;               // of the file
  std::map<std::string_view, Source> named_;  // where each option was set last
  Source listen_{OptionOrigin::kDefault, "listen"};
  Source admin_{OptionOrigin::kDefault, "admin"};
  Source publish_socket_{OptionOrigin::kDefault, "publish-socket"};
};

}  // namespace

std::string LoadedOptions::ErrorText() const {
  std::string text;
  for (const OptionError& error : errors) text += error.message + "\n";
  return text;
}

int LoadedOptions::ExitCode() const {
  if (errors.empty()) return EX_OK;
  const bool only_flags = std::all_of(errors.begin(), errors.end(), [](const OptionError& error) {
    return error.origin == OptionOrigin::kFlag;
  });
  return only_flags ? EX_USAGE : EX_CONFIG;
}

LoadedOptions LoadServeOptions(const OptionSources& sources) { return Loader(sources).Load(); }

Environment ReadEnvironment(const char* const* variables) {
  Environment environment;
  for (; *variables != nullptr; ++variables) {
    const std::string_view variable = *variables;
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = variable.substr(0, equals);
    if (name.starts_with(kPrefix) || name == "RUNTIME_DIRECTORY" || name == "STATE_DIRECTORY" ||
        name == "XDG_RUNTIME_DIR") {
      environment.emplace_back(name, variable.substr(equals + 1));
    }
  }
  return environment;
}

}  // namespace ringcast
