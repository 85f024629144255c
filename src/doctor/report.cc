#include "doctor/report.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <string_view>

#include "base/version.h"
#include "protocol/log_escape.h"
#include "protocol/utf8.h"

namespace ringcast {
namespace {

constexpr std::size_t kWidth = 100;
constexpr std::size_t kLevelWidth = 9;  // the longest level, and two spaces
constexpr std::string_view kPlain = "\x1b[0m";

std::string_view ColourOf(FindingLevel level) {
  switch (level) {
    case FindingLevel::kOk:
      return "\x1b[32m";  // green
    case FindingLevel::kNote:
      return "\x1b[36m";  // cyan
    case FindingLevel::kWarning:
      return "\x1b[33m";  // yellow
    case FindingLevel::kError:
      return "\x1b[31m";  // red
  }
  return {};
}

// The text in lines of kWidth, all but the first indented to where the first begins.
std::string Wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  bool line_has_word = false;
  while (!text.empty()) {
    const std::size_t space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
    if (line_has_word && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
      line_has_word = false;
    }
    if (line_has_word) out += ' ';
    out += word;
    column += word.size() + (line_has_word ? 1 : 0);
    line_has_word = true;
  }
  return out + "\n";
}

std::string Padded(std::string_view text, std::size_t width) {
  std::string padded(text);
  padded.resize(std::max(padded.size(), width), ' ');
  return padded;
}

std::string Plural(std::size_t count, std::string_view what) {
  return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

std::string SummaryLine(std::span<const Finding> findings) {
  const FindingCounts counts = Count(findings);
  std::string line = std::to_string(counts.ok) + " ok, " + Plural(counts.notes, "note") + ", " +
                     Plural(counts.warnings, "warning") + ", " + Plural(counts.errors, "error");
  if (counts.errors > 0) return line + ": `ringcast serve` would not start\n";
  if (counts.warnings > 0) {
    return line + ": `ringcast serve` starts, and will not do all that it is configured for\n";
  }
  return line + ": `ringcast serve` is fine here\n";
}

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

// A path may hold any bytes, JSON only text.
void Field(Writer& out, const char* key, std::string_view value) {
  const std::string text =
      IsValidUtf8(value) ? std::string(value) : EscapeForLog(value, 4 * value.size());
  out.Key(key);
  out.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}
void Field(Writer& out, const char* key, std::size_t value) {
  out.Key(key);
  out.Uint64(value);
}

}  // namespace

std::string ReportText(std::span<const Finding> findings, bool colour) {
  std::size_t check_width = 0;
  for (const Finding& finding : findings) {
    check_width = std::max(check_width, finding.check.size() + 2);
  }
  const std::size_t indent = kLevelWidth + check_width;
  std::string text;
  for (const Finding& finding : findings) {
    const std::string level = Padded(Name(finding.level), kLevelWidth);
    text += colour ? std::string(ColourOf(finding.level)) + level + std::string(kPlain) : level;
    text += Padded(finding.check, check_width) + Wrapped(finding.what, indent);
    if (!finding.why.empty()) text += std::string(indent, ' ') + Wrapped(finding.why, indent);
    // In one line, to be copied.
    if (!finding.fix.empty()) text += std::string(indent, ' ') + "-> " + finding.fix + "\n";
  }
  return text + SummaryLine(findings);
}

std::string ReportJson(std::span<const Finding> findings) {
  rapidjson::StringBuffer buffer;
  Writer out(buffer);
  out.StartObject();
  Field(out, "version", Version());
  out.Key("findings");
  out.StartArray();
  for (const Finding& finding : findings) {
    out.StartObject();
    Field(out, "level", Name(finding.level));
    Field(out, "check", finding.check);
    Field(out, "what", finding.what);
    if (!finding.why.empty()) Field(out, "why", finding.why);
    if (!finding.fix.empty()) Field(out, "fix", finding.fix);
    out.EndObject();
  }
  out.EndArray();
  const FindingCounts counts = Count(findings);
  out.Key("summary");
  out.StartObject();
  Field(out, "ok", counts.ok);
  Field(out, "notes", counts.notes);
  Field(out, "warnings", counts.warnings);
  Field(out, "errors", counts.errors);
  Field(out, "exit_code", static_cast<std::size_t>(ExitCode(findings)));
  out.EndObject();
  out.EndObject();
  return buffer.GetString() + std::string("\n");
}

}  // namespace ringcast
