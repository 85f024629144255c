#include "top/top_command.h"

#include <poll.h>
#include <sysexits.h>
#include <unistd.h>

#include <string_view>
#include <vector>

#include "client/output_buffer.h"
#include "client/stream_address.h"
#include "top/figure_reader.h"
#include "top/snapshot.h"
#include "top/terminal.h"
#include "top/top_screen.h"

namespace ringcast {
namespace {

constexpr int kLookAgainMs = 200;          // at the stop flag
constexpr std::size_t kPageColumns = 100;  // of --once

// An address as `serve --admin` takes it becomes the URL of the stream.
std::string StreamUrl(std::string_view address) {
  std::string url(address);
  if (url.starts_with("unix:") || url.find("://") != std::string::npos) {
    while (url.ends_with('/')) url.pop_back();
    return url + (url.starts_with("unix:") ? ":/events" : "/events");
  }
  if (url.starts_with('/')) return "unix:" + url + ":/events";
  return "http://" + (url.starts_with(':') ? "127.0.0.1" : std::string()) + url + "/events";
}

class Top {
 public:
  explicit Top(const TopOptions& options)
      : options_(options), output_(options.output), errors_(options.errors) {}

  int Run() {
    Result<StreamAddress> address = ParseStreamUrl(StreamUrl(options_.address));
    if (!address) return Fail(EX_USAGE, address.error().message);
    const bool screen = !options_.once && !options_.json && isatty(options_.input) != 0 &&
                        isatty(options_.output) != 0;
    return screen ? RunScreen(*address) : RunLines(*address);
  }

 private:
  int RunScreen(const StreamAddress& address) {
    std::string trouble;
    int code = EX_OK;
    {
      // First, so that the reader's thread is born with the signals blocked.
      Terminal terminal(options_.input, options_.output);
      FigureReader reader(address);
      TopScreen screen(options_.address, /*colours=*/true);
      while (code == EX_OK && !Stopped()) {
        if (!terminal.Show(screen.Draw(terminal.size()))) code = EX_IOERR;
        Terminal::Event event = Terminal::Event::kNothing;
        while (event == Terminal::Event::kNothing && !Stopped()) {
          event = terminal.Wait(reader.ready(), kLookAgainMs);
        }
        if (event == Terminal::Event::kQuit) break;
        if (event != Terminal::Event::kDue) continue;
        const FigureReader::News news = reader.Take();
        if (news.json) {
          Result<Snapshot> snapshot = ReadSnapshot(*news.json);
          if (snapshot) screen.Take(std::move(*snapshot));
        }
        screen.SetTrouble(news.trouble);
        if (news.ended) {
          trouble = news.trouble;
          code = EX_UNAVAILABLE;
        }
      }
    }
    return code == EX_UNAVAILABLE ? Fail(code, trouble) : code;
  }

  int RunLines(const StreamAddress& address) {
    FigureReader reader(address);
    std::string told;
    while (!Stopped()) {
      if (WaitFor(reader.ready(), POLLIN, kLookAgainMs) == 0) continue;
      const FigureReader::News news = reader.Take();
      if (news.json) {
        Result<Snapshot> snapshot = ReadSnapshot(*news.json);
        if (!snapshot) return Fail(EX_UNAVAILABLE, snapshot.error().message);
        Print(*news.json, std::move(*snapshot));
        if (!output_.Flush()) {
          return Fail(EX_IOERR, "cannot write the output: " + ErrnoText(output_.error()));
        }
        if (options_.once) return EX_OK;
      }
      if (news.ended || (options_.once && !news.trouble.empty())) {
        return Fail(EX_UNAVAILABLE, options_.address + ": " + news.trouble);
      }
      if (!news.trouble.empty() && news.trouble != told) Say(news.trouble);
      told = news.trouble;
    }
    return EX_OK;
  }

  void Print(std::string_view json, Snapshot snapshot) {
    if (options_.json) return output_.AddLine(json);
    if (!options_.once) return output_.AddLine(TopScreen::OneLine(snapshot));
    TopScreen screen(options_.address, /*colours=*/false);
    screen.Take(std::move(snapshot));
    for (const std::string& line : screen.DrawAll(kPageColumns)) output_.AddLine(line);
  }

  bool Stopped() const {
    // Relaxed: the flag carries no data.
    return options_.stop != nullptr && options_.stop->load(std::memory_order_relaxed);
  }

  void Say(std::string_view text) {
    errors_.bytes() += "ringcast top: ";
    errors_.AddLine(text);
    (void)errors_.Flush();
  }

  int Fail(int code, std::string_view text) {
    Say(text);
    return code;
  }

  const TopOptions& options_;
  OutputBuffer output_;
  OutputBuffer errors_;
};

}  // namespace

int RunTop(const TopOptions& options) { return Top(options).Run(); }

}  // namespace ringcast
