// Joins the options of `serve` from their four sources: a flag beats the environment, which beats
// the file, which beats the default. A source replaces a repeatable option as a whole: one --listen
// flag hides every address of the file.
//
// Everything that is wrong in any source is reported at once, each with its place and its remedy. A
// variable RINGCAST_* that is no option is left alone: Kubernetes sets such names for a service
// called "ringcast".
//
// Threads: any; reads the file and the user id, nothing else (the environment is in OptionSources).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/default_paths.h"
#include "config/options.h"

namespace ringcast {

// Whom a mistake belongs to: it decides the exit code.
enum class OptionOrigin : std::uint8_t { kDefault, kFile, kEnvironment, kFlag };

struct OptionError {
  OptionOrigin origin = OptionOrigin::kFile;
  // Its place first: "FILE:3:8: heartbeat: ...", "RINGCAST_HEARTBEAT: ...", "--heartbeat: ...".
  std::string message;
};

struct LoadedOptions {
  ServeOptions options;             // meaningful when errors is empty
  std::vector<OptionError> errors;  // file, environment, flags, then what does not fit together

  bool ok() const { return errors.empty(); }
  // One error a line, each ended by a newline.
  std::string ErrorText() const;
  // 0; 64 when only flags are wrong; else 78 (sysexits.h).
  int ExitCode() const;
};

// The file is sources.config_file; when that is empty, RINGCAST_CONFIG; else none is read.
LoadedOptions LoadServeOptions(const OptionSources& sources);

// The part of an environment (as main gets it: "NAME=value", ended by nullptr) that the loader and
// default_paths.h read: RINGCAST_*, RUNTIME_DIRECTORY, STATE_DIRECTORY, XDG_RUNTIME_DIR.
Environment ReadEnvironment(const char* const* variables);

}  // namespace ringcast
