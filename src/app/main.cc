// The program: its command line decides everything (app/cli.h).
#include <unistd.h>

#include "app/cli.h"
#include "app/serve.h"
#include "app/token_command.h"
#include "client/pub_command.h"
#include "client/tail_command.h"
#include "doctor/doctor.h"
#include "load/bench_options.h"
#include "top/top_command.h"

int main(int argc, char** argv) {
  return ringcast::RunCli(argc, argv, environ,
                          {.serve = ringcast::RunServe,
                           .pub = ringcast::RunPub,
                           .tail = ringcast::RunTail,
                           .bench = ringcast::RunBench,
                           .doctor = ringcast::RunDoctor,
                           .top = ringcast::RunTop,
                           .token = ringcast::RunToken});
}
