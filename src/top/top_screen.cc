#include "top/top_screen.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>

#include "top/figure_text.h"

namespace ringcast {
namespace {

constexpr std::size_t kMostPoints = 512;  // of a sparkline: wider than terminals are
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kReverse = "\x1b[7m";
constexpr std::string_view kAlarm = "\x1b[1;31m";
constexpr std::string_view kPlain = "\x1b[0m";

// Columns of UTF-8 text whose characters are one column wide each.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

std::string Cut(std::string_view text, std::size_t columns) {
  std::size_t width = 0;
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0) != 0x80;
    if (starts && width++ == columns) break;
  }
  return std::string(text.substr(0, end));
}

std::string Printable(std::string_view text) {
  std::string shown(text);
  for (char& c : shown) {
    if (c < 0x20 || c > 0x7E) c = '?';
  }
  return shown;
}

std::string Padded(std::string text, std::size_t columns, bool right) {
  const std::size_t width = Width(text);
  if (width >= columns) return Cut(text, columns);
  return right ? std::string(columns - width, ' ') + text
               : text + std::string(columns - width, ' ');
}

}  // namespace

// Gathers lines, each cut to the width; styles come around the whole line, so a cut never loses the
// end of one.
class TopScreen::Lines {
 public:
  Lines(std::size_t columns, bool colours) : columns_(columns), colours_(colours) {}

  std::size_t columns() const { return columns_; }
  std::size_t size() const { return lines_.size(); }

  void Add(std::string_view text, std::string_view style = {}) {
    std::string line = Cut(text, columns_);
    if (colours_ && style == kReverse) line = Padded(std::move(line), columns_, false);
    if (colours_ && !style.empty()) line = std::string(style) + line + std::string(kPlain);
    lines_.push_back(std::move(line));
  }
  // A name that takes what is left, and cells of ten columns to its right.
  template <std::size_t kCells>
  void AddRow(std::string_view name, const std::array<std::string, kCells>& cells,
              std::string_view style = {}) {
    constexpr std::size_t kCellColumns = 14;
    constexpr std::size_t kLeastName = 8;
    const std::size_t most = kCells * kCellColumns;
    const std::size_t left =
        columns_ > most + kLeastName ? std::min<std::size_t>(columns_ - most, 48) : kLeastName;
    std::string line = Padded(std::string(name), left, false);
    for (const std::string& cell : cells) line += Padded(cell, kCellColumns, true);
    Add(line, style);
  }
  std::vector<std::string> Take() { return std::move(lines_); }

 private:
  const std::size_t columns_;
  const bool colours_;
  std::vector<std::string> lines_;
};

void TopScreen::Take(Snapshot snapshot) {
  auto push = [](std::deque<double>& values, double value) {
    values.push_back(value);
    if (values.size() > kMostPoints) values.pop_front();
  };
  push(streams_, static_cast<double>(snapshot.streams));
  push(deliveries_, snapshot.deliveries.rate);
  snapshot_ = std::move(snapshot);
  has_snapshot_ = true;
}

void TopScreen::DrawHeader(Lines& lines) const {
  const Snapshot& now = snapshot_;
  lines.Add("ringcast " + now.version + "  " + address_ + "  " + now.state + "  up " +
                UptimeText(now.uptime_seconds),
            now.state == "ready" ? kBold : kAlarm);
  lines.Add("streams " + CountText(static_cast<double>(now.streams)) + " of " +
            CountText(static_cast<double>(now.capacity)) + ", " + RateText(now.accepted_rate) +
            " accepted/s   publishers " + CountText(static_cast<double>(now.publishers)));
  lines.Add("deliveries " + RateText(now.deliveries.rate) + "/s of " + RateText(now.events_rate) +
            " events/s   sent " + BytesText(now.sent_bytes.rate) + "/s   publish to send p50 " +
            SecondsText(now.p50_seconds) + ", p99 " + SecondsText(now.p99_seconds));
  std::string history = BytesText(static_cast<double>(now.log_bytes));
  if (now.history_memory_bytes > 0) {
    history += " of " + BytesText(static_cast<double>(now.history_memory_bytes));
  }
  lines.Add("memory " + BytesText(static_cast<double>(now.resident_bytes)) + "   history " +
            history + "   cpu " + PercentText(now.cpu) + ", sequencer " +
            PercentText(now.sequencer_cpu));
}

void TopScreen::DrawSparklines(Lines& lines) const {
  constexpr std::string_view kDeliveries = "deliveries ";
  constexpr std::string_view kStreams = "streams    ";
  const std::size_t room =
      lines.columns() > kDeliveries.size() ? lines.columns() - kDeliveries.size() : 0;
  lines.Add(std::string(kDeliveries) + Sparkline(deliveries_, room));
  lines.Add(std::string(kStreams) + Sparkline(streams_, room));
}

void TopScreen::DrawShards(Lines& lines, std::size_t most) const {
  lines.AddRow<4>("SHARD", {"STREAMS", "DELIVERIES/S", "SENT/S", "CPU"}, kReverse);
  const std::size_t shown = std::min(most, snapshot_.shards.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Snapshot::Shard& shard = snapshot_.shards[i];
    lines.AddRow<4>(std::to_string(i),
                    {CountText(static_cast<double>(shard.streams)), RateText(shard.deliveries_rate),
                     BytesText(shard.sent_bytes_rate), PercentText(shard.cpu)});
  }
  if (shown < snapshot_.shards.size()) {
    lines.Add("and " + std::to_string(snapshot_.shards.size() - shown) + " more");
  }
}

void TopScreen::DrawChannels(Lines& lines, std::size_t most) const {
  lines.AddRow<3>("CHANNEL", {"SUBSCRIBERS", "KEPT EVENTS", "KEPT"}, kReverse);
  const std::size_t shown = std::min(most, snapshot_.channels.size());
  for (std::size_t i = 0; i < shown; ++i) {
    const Snapshot::Channel& channel = snapshot_.channels[i];
    lines.AddRow<3>(Printable(channel.name),
                    {CountText(static_cast<double>(channel.subscribers)),
                     CountText(static_cast<double>(channel.history_events)),
                     BytesText(static_cast<double>(channel.history_bytes))});
  }
  if (snapshot_.channel_count > shown) {
    lines.Add("and " + CountText(static_cast<double>(snapshot_.channel_count - shown)) + " more");
  }
}

void TopScreen::DrawCounts(Lines& lines, std::string_view title,
                           const std::vector<Snapshot::Count>& counts) {
  std::string line(title);
  bool any = false;
  for (const Snapshot::Count& count : counts) {
    if (count.total == 0) continue;
    line += (any ? ", " : " ") + Printable(count.name) + " " +
            CountText(static_cast<double>(count.total));
    if (count.rate > 0) line += " (" + RateText(count.rate) + "/s)";
    any = true;
  }
  lines.Add(any ? line : line + " none");
}

std::vector<std::string> TopScreen::Draw(ScreenSize size) const {
  Lines lines(size.columns, colours_);
  if (!trouble_.empty()) lines.Add(trouble_, kAlarm);
  if (has_snapshot_) {
    DrawHeader(lines);
    DrawSparklines(lines);
    DrawCounts(lines, "closed", snapshot_.closed);
    DrawCounts(lines, "turned away", snapshot_.refused);
    lines.Add("");
    // The rest is shared: shards take up to a half, channels what is left. Each table has a line
    // above it, perhaps one below, and one is left between them.
    constexpr std::size_t kAround = 2;
    const std::size_t left = size.rows > lines.size() ? size.rows - lines.size() : 0;
    const std::size_t for_shards = left / 2 > kAround + 1 ? left / 2 - kAround - 1 : 1;
    DrawShards(lines, for_shards);
    lines.Add("");
    const std::size_t used = lines.size() + kAround;
    DrawChannels(lines, size.rows > used ? size.rows - used : 0);
  } else if (trouble_.empty()) {
    lines.Add("ringcast top: waiting for " + address_);
  }
  std::vector<std::string> drawn = lines.Take();
  if (drawn.size() > size.rows) drawn.resize(size.rows);
  return drawn;
}

std::vector<std::string> TopScreen::DrawAll(std::size_t columns) const {
  constexpr std::size_t kAll = SIZE_MAX;
  Lines lines(columns, colours_);
  DrawHeader(lines);
  DrawCounts(lines, "closed", snapshot_.closed);
  DrawCounts(lines, "turned away", snapshot_.refused);
  lines.Add("");
  DrawShards(lines, kAll);
  lines.Add("");
  DrawChannels(lines, kAll);
  return lines.Take();
}

std::string TopScreen::OneLine(const Snapshot& snapshot) {
  std::uint64_t refused = 0;
  for (const Snapshot::Count& count : snapshot.refused) refused += count.total;
  std::string line = snapshot.state;
  line += " streams=" + std::to_string(snapshot.streams);
  line += " accepted/s=" + RateText(snapshot.accepted_rate);
  line += " events/s=" + RateText(snapshot.events_rate);
  line += " deliveries/s=" + RateText(snapshot.deliveries.rate);
  line += " sent/s=\"" + BytesText(snapshot.sent_bytes.rate) + "\"";
  line += " p99=\"" + SecondsText(snapshot.p99_seconds) + "\"";
  line += " memory=\"" + BytesText(static_cast<double>(snapshot.resident_bytes)) + "\"";
  line += " cpu=\"" + PercentText(snapshot.cpu) + "\"";
  return line + " refused=" + std::to_string(refused);
}

}  // namespace ringcast
