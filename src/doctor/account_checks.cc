#include "doctor/account_checks.h"

#include <grp.h>
#include <pwd.h>
#include <sysexits.h>

#include <charconv>
#include <optional>
#include <string>
#include <utility>

namespace ringcast {
namespace {

std::optional<std::uint32_t> UserId(const std::string& name) {
  const passwd* found = ::getpwnam(name.c_str());
  if (found == nullptr) return std::nullopt;
  return found->pw_uid;
}

std::optional<std::uint32_t> GroupId(const std::string& name) {
  const group* found = ::getgrnam(name.c_str());
  if (found == nullptr) return std::nullopt;
  return found->gr_gid;
}

std::optional<std::uint32_t> AsNumber(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

template <class Lookup>
void Resolve(const std::vector<std::string>& names, std::string_view option, const char* command,
             Lookup&& lookup, std::vector<std::uint32_t>& ids, std::vector<Finding>& missing) {
  for (const std::string& name : names) {
    std::optional<std::uint32_t> id = AsNumber(name);
    if (!id) id = lookup(name);
    if (id) {
      ids.push_back(*id);
      continue;
    }
    missing.push_back(Finding::Error(
        option, EX_CONFIG, std::string(option) + ": this machine has no " + name,
        "The list decides who may publish; a name that is nobody's would let nobody in.",
        "name an existing one or give the number, or create it with `" + std::string(command) +
            " " + name + "`"));
  }
}

}  // namespace

PublishAccounts ResolveAccounts(const ServeOptions& options) {
  PublishAccounts accounts;
  Resolve(options.publish_users, "publish-users", "useradd --system", UserId, accounts.users,
          accounts.missing);
  Resolve(options.publish_groups, "publish-groups", "groupadd --system", GroupId, accounts.groups,
          accounts.missing);
  return accounts;
}

std::vector<Finding> CheckAccounts(const ServeOptions& options) {
  PublishAccounts accounts = ResolveAccounts(options);
  if (!accounts.missing.empty()) return std::move(accounts.missing);
  const std::size_t named = accounts.users.size() + accounts.groups.size();
  return {Finding::Ok(
      "publish-accounts",
      named == 0 ? "the socket's file mode alone decides who may publish"
                 : std::to_string(named) + " users and groups that may publish are known")};
}

}  // namespace ringcast
