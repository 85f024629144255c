# shellcheck shell=bash
# What the scripts beside this file share; sourced, not run. Sets `root` to the top of the tree.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

die() {
  say "$(basename "$0"): $*"
  exit 1
}

# Runs a command quietly; its output is kept in the file and shown when it fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 60 "$log" >&2
    say
    say "failed: $*"
    say "the whole output is in $log"
    return 1
  fi
}

# build PRESET [TARGET...]: configures build/PRESET and builds the targets, by default all.
build() {
  local preset=$1 targets=()
  shift
  if (($# > 0)); then targets=(--target "$@"); fi
  say "building $preset in build/$preset"
  (
    cd "$root"
    quietly "build/$preset/configure.log" "${build_prefix[@]}" cmake --preset "$preset"
    quietly "build/$preset/build.log" \
      "${build_prefix[@]}" cmake --build "build/$preset" -j "$(nproc)" "${targets[@]}"
  )
}

# Commands that configure, build and run tests are started through this; `.ci/run` sets it.
build_prefix=()
