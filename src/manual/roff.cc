#include "manual/roff.h"

#include <cstddef>

namespace ringcast::roff {
namespace {

constexpr std::size_t kWidth = 78;

// A line of text must not begin with "." or "'".
std::string Guarded(std::string line) {
  if (!line.empty() && (line[0] == '.' || line[0] == '\'')) line.insert(0, "\\&");
  return line + "\n";
}

}  // namespace

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\') {
      escaped += "\\e";
    } else if (c == '-') {
      escaped += "\\-";
    } else {
      escaped += c;
    }
  }
  return escaped;
}

std::string Text(std::string_view text) {
  std::string lines;
  std::string line;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of(" \n");
    const std::string word = Escape(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (word.empty()) continue;
    if (!line.empty() && line.size() + 1 + word.size() > kWidth) {
      lines += Guarded(line);
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  return line.empty() ? lines : lines + Guarded(line);
}

std::string Verbatim(std::string_view text) {
  std::string lines = ".PP\n.nf\n";
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    // An empty line would be taken for a mistake.
    lines += line.empty() ? ".sp\n" : Guarded(Escape(line));
  }
  return lines + ".fi\n";
}

std::string Argument(std::string_view text) {
  std::string argument = "\"";
  for (const char c : Escape(text)) {
    if (c == '"') argument += '"';
    argument += c;
  }
  return argument + "\"";
}

}  // namespace ringcast::roff
