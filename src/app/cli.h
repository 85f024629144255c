// The command line: which subcommand, which options, and the exit code (sysexits.h: 64 usage, 65
// data, 69 unavailable, 71 system, 78 configuration).
//
// Threads: called once, on the main thread, before any other is started.
#pragma once

namespace ringcast {

struct BenchOptions;
struct CommandWords;
struct DoctorOptions;
struct PubOptions;
struct ServeOptions;
struct TailOptions;
struct TokenOptions;
struct TopOptions;

// What the subcommands do, so that the command line can be tested without a daemon.
struct CliCommands {
  int (*serve)(const ServeOptions& options);    // RunServe, app/serve.h
  int (*pub)(const PubOptions& options);        // RunPub, client/pub_command.h
  int (*tail)(const TailOptions& options);      // RunTail, client/tail_command.h
  int (*bench)(const BenchOptions& options);    // RunBench, load/bench_options.h
  int (*doctor)(const DoctorOptions& options);  // RunDoctor, doctor/doctor.h
  int (*top)(const TopOptions& options);        // RunTop, top/top_command.h
  int (*token)(const TokenOptions& options);    // RunToken, app/token_command.h
};

// Parses, runs the subcommand and returns the process's exit code. Help and version go to standard
// output with code 0, whatever is wrong to standard error. Around `serve` the log is installed.
// `argv` and `environment` are as main and environ give them; neither is changed.
int RunCli(int argc, const char* const* argv, const char* const* environment,
           const CliCommands& commands);

// Every command and option of it (app/command_words.h).
CommandWords DescribeCommandLine();

}  // namespace ringcast
