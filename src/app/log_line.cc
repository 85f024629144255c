#include "app/log_line.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include "base/check.h"

namespace ringcast {
namespace {

// The length of the UTF-8 sequence at the front of `text`; 0 when there is none (RFC 3629 4: no
// overlong form, no surrogate, nothing above U+10FFFF).
std::size_t Utf8SequenceSize(std::string_view text) {
  const auto byte = [text](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](std::size_t i, unsigned char low = 0x80, unsigned char high = 0xbf) {
    return i < text.size() && byte(i) >= low && byte(i) <= high;
  };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return tail(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : 0xbf;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned char low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}

// U+0080 to U+009F: terminals take some of them for the start of a control sequence (ECMA-48 5.3).
bool IsC1Control(std::string_view sequence) {
  return sequence.size() == 2 && static_cast<unsigned char>(sequence[0]) == 0xc2 &&
         static_cast<unsigned char>(sequence[1]) <= 0x9f;
}

// `format` holds one %02x or %04x for the byte.
void AppendEscapedByte(const char* format, unsigned char byte, std::string& out) {
  std::array<char, 8> escaped{};
  std::snprintf(escaped.data(), escaped.size(), format, byte);
  out += escaped.data();
}

// Plain lines write \xNN for each escaped byte. JSON (RFC 8259 7) writes \u00NN, which for a byte
// that is not UTF-8 names the Latin-1 character of that number: the nearest a JSON string can come
// to it.
void AppendMessage(std::string_view message, bool json, std::string& out) {
  while (!message.empty()) {
    const std::size_t size = Utf8SequenceSize(message);
    const std::string_view sequence = message.substr(0, size == 0 ? 1 : size);
    const auto first = static_cast<unsigned char>(sequence.front());
    message.remove_prefix(sequence.size());
    if (json && IsC1Control(sequence)) {
      AppendEscapedByte("\\u%04x", static_cast<unsigned char>(sequence[1]), out);
    } else if (size == 0 || first < 0x20 || first == 0x7f || IsC1Control(sequence)) {
      for (const char c : sequence) {
        AppendEscapedByte(json ? "\\u%04x" : "\\x%02x", static_cast<unsigned char>(c), out);
      }
    } else if (json && (first == '"' || first == '\\')) {
      out += '\\';
      out += static_cast<char>(first);
    } else {
      out += sequence;
    }
  }
}

// RFC 3339 in UTC with milliseconds.
void AppendTime(UnixMillis time, std::string& out) {
  const std::chrono::sys_time<Millis> point{Millis(static_cast<std::int64_t>(time))};
  const auto day = std::chrono::floor<std::chrono::days>(point);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(point - day);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()),
                static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  out += text.data();
}

// RFC 5424 6.2.1; sd-daemon(3) reads the number between angle brackets.
char SyslogPriority(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return '7';
    case LogLevel::kInfo:
      return '6';
    case LogLevel::kWarning:
      return '4';
    case LogLevel::kError:
      return '3';
  }
  return '6';
}

}  // namespace

void AppendLogLine(LogFormat format, LogLevel level, UnixMillis time, std::string_view message,
                   std::string& out) {
  switch (format) {
    case LogFormat::kAuto:
      RC_CHECK(false, "a line is written in a resolved format");
      break;
    case LogFormat::kJournald:
      out += '<';
      out += SyslogPriority(level);
      out += '>';
      AppendMessage(message, /*json=*/false, out);
      break;
    case LogFormat::kText:
      AppendTime(time, out);
      out += ' ';
      out += Name(level);
      out += ' ';
      AppendMessage(message, /*json=*/false, out);
      break;
    case LogFormat::kJson:
      out += "{\"time\":\"";
      AppendTime(time, out);
      out += "\",\"level\":\"";
      out += Name(level);
      out += "\",\"message\":\"";
      AppendMessage(message, /*json=*/true, out);
      out += "\"}";
      break;
  }
  out += '\n';
}

}  // namespace ringcast
