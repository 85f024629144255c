#include "fuzz/naive_json.h"

#include <cstdint>
#include <cstdio>
#include <string>

#include "protocol/ascii.h"
#include "protocol/utf8.h"

namespace ringcast::test {
namespace {

constexpr int kMaxDepth = 500;
constexpr long kSureExponent = 250;

void AppendUtf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xE0 | point >> 12);
    } else {
      put(0xF0 | point >> 18);
      put(0x80 | (point >> 12 & 0x3F));
    }
    put(0x80 | (point >> 6 & 0x3F));
  }
  put(0x80 | (point & 0x3F));
}

// Each function eats what it is named after from the front; false when it is not there.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : left_(text) {}

  bool unsure() const { return unsure_; }

  bool Line(PublishLine& line) {
    bool channel = false;
    bool event = false;
    bool data = false;
    const auto member = [&](const std::string& key) {
      if (key == "channel" && !channel) return channel = true, String(line.channel);
      if (key == "event" && !event) return event = true, String(line.type);
      if (key == "key" && !line.has_key) return line.has_key = true, String(line.key);
      if (key != "data" || data) return false;
      data = true;
      return left_.starts_with('"') ? String(line.data) : Value(line.data, 1);
    };
    Space();
    if (!Members(member)) return false;
    Space();
    return left_.empty() && channel && data;
  }

 private:
  void Space() {
    while (!left_.empty() && std::string_view(" \t\r\n").find(left_[0]) != std::string_view::npos) {
      left_.remove_prefix(1);
    }
  }

  bool Eat(char c) {
    if (!left_.starts_with(c)) return false;
    left_.remove_prefix(1);
    return true;
  }

  bool Word(std::string_view word, std::string& out) {
    if (!left_.starts_with(word)) return false;
    left_.remove_prefix(word.size());
    out += word;
    return true;
  }

  // An object, each of whose keys goes to a function that reads the value.
  template <class Fn>
  bool Members(Fn&& member) {
    if (!Eat('{')) return false;
    Space();
    if (Eat('}')) return true;
    do {
      Space();
      std::string key;
      if (!String(key)) return false;
      Space();
      if (!Eat(':')) return false;
      Space();
      if (!member(key)) return false;
      Space();
    } while (Eat(','));
    return Eat('}');
  }

  // Appends the value in its compact form.
  bool Value(std::string& out, int depth) {
    if (depth > kMaxDepth) {
      unsure_ = true;
      return false;
    }
    if (left_.starts_with('"')) {
      std::string text;
      if (!String(text)) return false;
      AppendJsonString(out, text);
      return true;
    }
    if (left_.starts_with('{')) {
      out += '{';
      bool first = true;
      const bool sound = Members([&](const std::string& key) {
        if (!first) out += ',';
        first = false;
        AppendJsonString(out, key);
        out += ':';
        return Value(out, depth + 1);
      });
      out += '}';
      return sound;
    }
    if (Eat('[')) return Elements(out, depth);
    return Word("null", out) || Word("true", out) || Word("false", out) || Number(out);
  }

  bool Elements(std::string& out, int depth) {
    out += '[';
    Space();
    if (!Eat(']')) {
      while (true) {
        Space();
        if (!Value(out, depth + 1)) return false;
        Space();
        if (Eat(']')) break;
        if (!Eat(',')) return false;
        out += ',';
      }
    }
    out += ']';
    return true;
  }

  std::size_t Digits(std::string& out) {
    std::size_t count = 0;
    for (; !left_.empty() && IsDigit(left_[0]); ++count) {
      out += left_[0];
      left_.remove_prefix(1);
    }
    return count;
  }

  bool Number(std::string& out) {
    if (Eat('-')) out += '-';
    const bool zero = left_.starts_with('0');
    const std::size_t digits = Digits(out);
    if (digits == 0 || (zero && digits > 1)) return false;
    if (digits > kSureExponent) unsure_ = true;
    if (Eat('.')) {
      out += '.';
      if (Digits(out) == 0) return false;
    }
    if (!left_.starts_with('e') && !left_.starts_with('E')) return true;
    out += left_[0];
    left_.remove_prefix(1);
    if (left_.starts_with('+') || left_.starts_with('-')) {
      out += left_[0];
      left_.remove_prefix(1);
    }
    std::string exponent;
    if (Digits(exponent) == 0) return false;
    if (exponent.size() > 6 || std::stol(exponent) > kSureExponent) unsure_ = true;
    out += exponent;
    return true;
  }

  // Four digits of a \u escape.
  bool Unit(std::uint32_t& unit) {
    if (left_.size() < 4) return false;
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      const int digit = HexValue(left_[static_cast<std::size_t>(i)]);
      if (digit < 0) return false;
      unit = unit * 16 + static_cast<std::uint32_t>(digit);
    }
    left_.remove_prefix(4);
    return true;
  }

  bool Escape(std::string& out) {
    if (left_.empty()) return false;
    const char c = left_[0];
    left_.remove_prefix(1);
    constexpr std::string_view kNames = "\"\\/bfnrt";
    if (const std::size_t at = kNames.find(c); at != std::string_view::npos) {
      out += "\"\\/\b\f\n\r\t"[at];
      return true;
    }
    std::uint32_t point = 0;
    if (c != 'u' || !Unit(point) || (point >= 0xDC00 && point <= 0xDFFF)) return false;
    if (point >= 0xD800 && point <= 0xDBFF) {
      std::uint32_t low = 0;
      if (!Eat('\\') || !Eat('u') || !Unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(out, point);
    return true;
  }

  bool String(std::string& out) {
    if (!Eat('"')) return false;
    const std::size_t begin = out.size();
    while (!Eat('"')) {
      if (left_.empty() || static_cast<unsigned char>(left_[0]) < 0x20) return false;
      if (Eat('\\')) {
        if (!Escape(out)) return false;
        continue;
      }
      out += left_[0];
      left_.remove_prefix(1);
    }
    return IsValidUtf8(std::string_view(out).substr(begin));
  }

  std::string_view left_;
  bool unsure_ = false;
};

}  // namespace

NaiveLine ReadLineNaively(std::string_view text) {
  JsonReader reader(text);
  PublishLine line;
  NaiveLine result;
  if (reader.Line(line)) result.line = std::move(line);
  result.unsure = reader.unsure();
  return result;
}

void AppendJsonString(std::string& out, std::string_view text) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  out += '"';
  for (const char c : text) {
    if (const std::size_t at = kShort.find(c); at != std::string_view::npos) {
      out += '\\';
      out += "\"\\bfnrt"[at];
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04X", static_cast<unsigned char>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace ringcast::test
