#include "app/cli.h"

#include <sysexits.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench_flags.h"
#include "app/command_words.h"
#include "app/completion.h"
#include "app/handed_sockets.h"
#include "app/help_formatter.h"
#include "app/log.h"
#include "app/serve_flags.h"
#include "app/token_command.h"
#include "base/units.h"
#include "base/version.h"
#include "client/pub_command.h"
#include "client/tail_command.h"
#include "config/default_paths.h"
#include "config/nearest.h"
#include "config/option_table.h"
#include "config/options_loader.h"
#include "doctor/doctor.h"
#include "load/bench_options.h"
#include "top/top_command.h"

namespace ringcast {
namespace {

void Print(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

// Every subcommand's words and where they are stored.
class CommandLine {
 public:
  CommandLine() : app_("Ringcast pushes events to browsers over Server-Sent Events.", "ringcast") {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.set_version_flag("--version", "ringcast " + std::string(Version()), "Print the version");
    DescribeHelp(app_);
    serve_ = AddCommand("serve", "Run the daemon");
    pub_ = AddCommand("pub", "Publish one event, or each line of standard input");
    tail_ = AddCommand("tail", "Follow channels in the terminal");
    bench_ = AddCommand("bench", "Measure a server under load and check what it delivers");
    top_ = AddCommand("top", "Show a daemon's figures in the terminal, live");
    check_ = AddCommand("check-config", "Check the options of serve without starting");
    doctor_ = AddCommand("doctor", "Check this machine against the options of serve");
    token_ = AddCommand("token", "Make or explain a token that allows channels, or make a key");
    completion_ = AddCommand("completion", "Print what a shell needs to complete ringcast's words");
    serve_flags_.emplace(*serve_);
    AddPub();
    AddTail();
    AddBenchFlags(*bench_, bench_options_);
    AddTop();
    AddCheck();
    AddDoctor();
    AddToken();
    AddCompletion();
    app_.footer("`ringcast COMMAND --help` tells the options of a command.");
  }

  CommandWords Words() const { return Describe(app_); }

  int Run(int argc, const char* const* argv, const char* const* environment,
          const CliCommands& commands) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      Print(stdout, Chosen().help());
      return EX_OK;
    } catch (const CLI::CallForVersion& version) {
      Print(stdout, version.what() + std::string("\n"));
      return EX_OK;
    } catch (const CLI::ExtrasError&) {
      return Refuse(DescribeExtras());
    } catch (const CLI::ParseError& error) {
      return Refuse(error.what());
    }
    const Environment variables = ReadEnvironment(environment);
    if (serve_->parsed()) return Serve(variables, commands);
    if (check_->parsed()) return Check(variables);
    if (doctor_->parsed()) return Examine(variables, commands);
    if (pub_->parsed()) return Publish(variables, commands);
    if (tail_->parsed()) return Tail(commands);
    if (bench_->parsed()) return commands.bench(bench_options_);
    if (top_->parsed()) return Top(variables, commands);
    if (token_->parsed()) return commands.token(token_options_);
    if (completion_->parsed()) return Complete();
    return Refuse("a command is required.");
  }

 private:
  static void DescribeHelp(CLI::App& command) {
    command.set_help_flag("-h,--help", "Print this help");
    // Last and under the same heading as the other options of no group.
    command.get_help_ptr()->group("Options");
  }

  CLI::App* AddCommand(const char* name, const char* description) {
    CLI::App* command = app_.add_subcommand(name, description);
    command->formatter(std::make_shared<HelpFormatter>());
    DescribeHelp(*command);
    return command;
  }

  void AddPub() {
    pub_->add_option("CHANNEL", pub_options_.channel, "Channel to publish to; not with --ndjson");
    pub_->add_option("DATA", pub_options_.data,
                     "The event's data; without it, or with -, each line of standard input is an "
                     "event");
    pub_->add_option("--event", pub_options_.type, "Type of the event")->type_name("TYPE");
    pub_->add_option("--idempotency-key", pub_options_.idempotency_key,
                     "Name of the event, under which it is published once, however often it is "
                     "sent; of lines each has its number behind it")
        ->type_name("KEY");
    pub_->add_flag(
        "--ndjson", pub_options_.ndjson,
        "Each line of standard input is "
        "{\"channel\":...,\"event\":...,\"key\":...,\"data\":...}, without event and key "
        "if need be");
    pub_->add_flag("-q,--quiet", pub_options_.quiet, "Print no ids");
    pub_->add_option("--publish-socket", pub_options_.publish_socket,
                     "The daemon's publish socket [default: RINGCAST_PUBLISH_SOCKET, else where "
                     "serve creates it]")
        ->type_name("PATH");
    pub_->footer("Prints the id of each event. Write -- before data that begins with a dash.");
  }

  void AddTail() {
    tail_
        ->add_option("TARGET", tail_options_.targets,
                     "One URL of a stream, or up to 64 channels of --server")
        ->required();
    tail_->add_flag("--json", tail_options_.json, "Print a JSON object for each event");
    tail_->add_option("--server", tail_options_.server, "Server [default: http://127.0.0.1:8080]")
        ->type_name("URL|unix:PATH");
    tail_->add_option("--from", tail_options_.from, "Id of the event after which to resume")
        ->type_name("ID");
    tail_->add_option("--count", tail_count_, "End after so many events")->type_name("N");
  }

  void AddTop() {
    top_->add_option("ADMIN_ADDRESS", top_address_,
                     "The daemon's admin listener, as with serve --admin [default: RINGCAST_ADMIN, "
                     "else 127.0.0.1:9180]");
    top_->add_flag("--once", top_options_.once, "Print one snapshot and exit");
    top_->add_flag("--json", top_options_.json, "Print a JSON object for each snapshot");
    top_->footer("q ends it. Where the output is no terminal, it prints a line a second.");
  }

  void AddCheck() {
    check_->add_option("FILE", checked_file_, "Configuration file, as with --config")
        ->type_name("FILE");
    check_flags_.emplace(*check_);
  }

  void AddDoctor() {
    doctor_->add_flag("--json", doctor_json_, "Print a JSON object");
    doctor_flags_.emplace(*doctor_);
    doctor_->footer(
        "Takes the options of serve and changes nothing. Run it as the daemon's user and\n"
        "under its limits. Exit status: 0 fine, 1 warnings, else what serve would end\n"
        "with: 64 or 78 the configuration, 69 an address is taken, 71 the kernel refuses\n"
        "io_uring.");
  }

  void AddToken() {
    TokenOptions& options = token_options_;
    token_->add_option("ACTION", options.action, "make, explain or key, see below")
        ->type_name("make|explain|key")
        ->required();
    token_->add_option("TOKEN", options.token,
                       "Token to explain; without it, or with -, standard input has it");
    const auto add = [this](const char* name, auto& value, const char* placeholder,
                            const char* help, const char* group) {
      return token_->add_option(name, value, help)->type_name(placeholder)->group(group);
    };
    const auto add_list = [&add](const char* name, std::vector<std::string>& values,
                                 const char* placeholder, const char* help, const char* group) {
      add(name, values, placeholder, help, group)
          ->expected(1)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
          ->allow_extra_args(false);
    };
    constexpr const char* kBoth = "To make or explain a token";
    constexpr const char* kMake = "To make a token";
    constexpr const char* kKey = "To make a key";
    add_list("--key", options.keys, "[KID:]FILE",
             "Key: of the signer to make, of the daemon to explain; there may be several then",
             kBoth);
    add("--audience", options.audience, "TEXT", "Audience (aud), or the one that is asked for",
        kBoth);
    add("--issuer", options.issuer, "TEXT", "Issuer (iss), or the one that is asked for", kBoth);
    add("--sub", options.subject, "TEXT", "Subject (sub), such as a user's id", kMake);
    add_list("--subscribe", options.subscribe, "CHANNEL",
             "Channel it may follow, or a prefix and a star; may be given several times", kMake);
    add_list("--publish", options.publish, "CHANNEL",
             "Channel it may publish to, or a prefix and a star; may be given several times",
             kMake);
    add_list("--claim", options.claims, "NAME=TEXT",
             "Further claim, for the channels of routes; may be given several times", kMake);
    add("--ttl", options.ttl, "TIME", "How long it holds [default: 1h]", kMake);
    add("--kid", options.kid, "NAME", "Name of the key in the token [default: that of --key]",
        kMake);
    add("--algorithm", options.algorithm, "HS256|RS256|ES256|EdDSA",
        "What the key is for [default: ES256]", kKey);
    add("--out", options.out, "FILE",
        "Where the key goes, for its owner alone; FILE.pub gets its public half", kKey);
    token_->footer(
        "Actions:\n"
        "  make     prints a token\n"
        "  explain  tells what a token holds, and whether it would be taken\n"
        "  key      makes a key, for development\n"
        "Exit status of explain: 0 it would be taken, 65 it would be refused.");
  }

  void AddCompletion() {
    completion_->add_option("SHELL", shell_, "bash, zsh or fish")
        ->type_name("bash|zsh|fish")
        ->required();
    completion_->footer(
        "Packages put it where the shell looks. For one session of bash or zsh:\n"
        "  source <(ringcast completion bash)\n"
        "and of fish:\n"
        "  ringcast completion fish | source");
  }

  // Help is asked for at the innermost command on the line.
  const CLI::App& Chosen() const {
    const std::vector<CLI::App*> chosen = app_.get_subcommands();
    return chosen.empty() ? app_ : *chosen.front();
  }

  // About the words that nobody took: a mistyped option first, for its value is left over as well.
  std::string DescribeExtras() const {
    const std::vector<std::string> words = app_.remaining(/*recurse=*/true);
    const auto flag = std::find_if(words.begin(), words.end(), [](const std::string& word) {
      return word.size() > 1 && word.starts_with('-');
    });
    const bool in_command = &Chosen() != &app_;
    if (flag == words.end() && in_command) return "unexpected argument " + words.front() + ".";
    const bool is_flag = flag != words.end();
    const std::string word = is_flag ? flag->substr(0, flag->find('=')) : words.front();
    std::vector<std::string> names;
    if (is_flag) {
      for (const CLI::Option* option : Chosen().get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
      }
    } else {
      for (const CLI::App* command : app_.get_subcommands(/*filter=*/nullptr)) {
        names.push_back(command->get_name());
      }
    }
    const std::vector<std::string_view> known(names.begin(), names.end());
    const std::string near(Nearest(word, known));
    return std::string(is_flag ? "unknown option " : "unknown command ") + word +
           (near.empty() ? "." : "; did you mean " + near + "?");
  }

  int Refuse(const std::string& what) const {
    const bool in_command = &Chosen() != &app_;
    Print(stderr, "ringcast: " + what + "\nTry `ringcast " +
                      (in_command ? Chosen().get_name() + " " : std::string()) + "--help`.\n");
    return EX_USAGE;
  }

  int Serve(const Environment& variables, const CliCommands& commands) const {
    const LoadedOptions loaded = LoadServeOptions(serve_flags_->Collect(variables));
    if (!loaded.ok()) {
      Print(stderr, loaded.ErrorText());
      return loaded.ExitCode();
    }
    InstallLog(loaded.options.log_level, loaded.options.log_format);
    const int code = commands.serve(loaded.options);
    RemoveLog();
    return code;
  }

  int Check(const Environment& variables) const {
    OptionSources sources = check_flags_->Collect(variables);
    if (!checked_file_.empty()) {
      if (!sources.config_file.empty()) return Refuse("FILE and --config both name a file.");
      sources.config_file = checked_file_;
    }
    const LoadedOptions loaded = LoadServeOptions(sources);
    if (!loaded.ok()) {
      Print(stderr, loaded.ErrorText());
      return loaded.ExitCode();
    }
    const std::string& file = loaded.options.sources.config_file;
    Print(stdout, (file.empty() ? "no configuration file" : file) + ": the options are valid\n");
    return EX_OK;
  }

  // A wrong option is one finding among others.
  int Examine(const Environment& variables, const CliCommands& commands) const {
    return commands.doctor({.loaded = LoadServeOptions(doctor_flags_->Collect(variables)),
                            .handed = Describe(TakeHandedSockets()),
                            .json = doctor_json_});
  }

  int Publish(const Environment& variables, const CliCommands& commands) {
    const bool named = !pub_options_.channel.empty() || !pub_options_.type.empty() ||
                       !pub_options_.idempotency_key.empty();
    if (pub_options_.ndjson && named) {
      return Refuse(
          "with --ndjson each line names its channel, type and key: leave out CHANNEL, DATA, "
          "--event and --idempotency-key.");
    }
    if (!pub_options_.ndjson && pub_options_.channel.empty()) {
      return Refuse("CHANNEL is required.");
    }
    if (pub_options_.publish_socket.empty()) {
      pub_options_.publish_socket = FindVariable(variables, "RINGCAST_PUBLISH_SOCKET");
    }
    if (pub_options_.publish_socket.empty()) {
      pub_options_.publish_socket = FindPublishSocket(variables, geteuid());
    }
    const Result<std::string> path = ParseSocketPath(pub_options_.publish_socket);
    if (!path) return Refuse("--publish-socket: " + path.error().message);
    pub_options_.publish_socket = *path;
    return commands.pub(pub_options_);
  }

  int Tail(const CliCommands& commands) {
    if (!tail_count_.empty()) {
      const Result<std::uint64_t> count = ParseCount(tail_count_);
      if (!count) return Refuse("--count: " + count.error().message);
      tail_options_.count = *count;
    }
    return commands.tail(tail_options_);
  }

  int Top(const Environment& variables, const CliCommands& commands) {
    if (top_address_.empty()) top_address_ = FindVariable(variables, "RINGCAST_ADMIN");
    if (!top_address_.empty()) top_options_.address = top_address_;
    return commands.top(top_options_);
  }

  int Complete() const {
    if (shell_ == "bash") {
      Print(stdout, BashCompletion(Words()));
    } else if (shell_ == "zsh") {
      Print(stdout, ZshCompletion(Words()));
    } else if (shell_ == "fish") {
      Print(stdout, FishCompletion(Words()));
    } else {
      return Refuse("no completion is known for " + Quoted(shell_) + "; choose bash, zsh or fish.");
    }
    return EX_OK;
  }

  CLI::App app_;
  CLI::App* serve_ = nullptr;
  CLI::App* pub_ = nullptr;
  CLI::App* tail_ = nullptr;
  CLI::App* bench_ = nullptr;
  CLI::App* top_ = nullptr;
  CLI::App* check_ = nullptr;
  CLI::App* doctor_ = nullptr;
  CLI::App* token_ = nullptr;
  CLI::App* completion_ = nullptr;
  std::optional<ServeFlags> serve_flags_;
  std::optional<ServeFlags> check_flags_;
  std::optional<ServeFlags> doctor_flags_;
  bool doctor_json_ = false;
  std::string checked_file_;
  std::string shell_;
  PubOptions pub_options_;
  TailOptions tail_options_;
  BenchOptions bench_options_;
  TopOptions top_options_;
  TokenOptions token_options_;
  std::string top_address_;  // empty: not given
  std::string tail_count_;   // as typed: the library would take "-1" for a huge number
};

}  // namespace

int RunCli(int argc, const char* const* argv, const char* const* environment,
           const CliCommands& commands) {
  return CommandLine().Run(argc, argv, environment, commands);
}

CommandWords DescribeCommandLine() { return CommandLine().Words(); }

}  // namespace ringcast
