// Writes a manual page from its source: `ringcast_manual_page SOURCE` prints it. Run by the build.
#include <sysexits.h>

#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "app/cli.h"
#include "manual/manual_page.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: ringcast_manual_page SOURCE\n", stderr);
    return EX_USAGE;
  }
  std::ifstream file(argv[1]);
  std::ostringstream source;
  source << file.rdbuf();
  if (!file) {
    std::fprintf(stderr, "ringcast_manual_page: cannot read %s\n", argv[1]);
    return EX_NOINPUT;
  }
  const ringcast::Result<std::string> page =
      ringcast::FillManualPage(source.str(), ringcast::DescribeCommandLine());
  if (!page) {
    std::fprintf(stderr, "%s: %s\n", argv[1], page.error().message.c_str());
    return EX_DATAERR;
  }
  const bool written = std::fwrite(page->data(), 1, page->size(), stdout) == page->size() &&
                       std::fflush(stdout) == 0;
  if (!written) std::perror("ringcast_manual_page: standard output");
  return written ? EX_OK : EX_IOERR;
}
