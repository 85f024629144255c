// Prometheus' text format: a help line and a type line for each metric, and its values below.
//
// Threads: one at a time.
// Invariants: names and labels are ours, so nothing in them needs an escape.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

namespace ringcast {

class PrometheusText {
 public:
  void Head(std::string_view name, std::string_view type, std::string_view help) {
    (((((out_ += "# HELP ") += name) += ' ') += help) += "\n# TYPE ") += name;
    ((out_ += ' ') += type) += '\n';
  }
  void Value(std::string_view name, std::string_view labels, std::uint64_t value) {
    out_ += name;
    if (!labels.empty()) ((out_ += '{') += labels) += '}';
    ((out_ += ' ') += std::to_string(value)) += '\n';
  }
  void Real(std::string_view name, std::string_view labels, double value) {
    char number[32];
    std::snprintf(number, sizeof number, "%.6f", value);
    out_ += name;
    if (!labels.empty()) ((out_ += '{') += labels) += '}';
    ((out_ += ' ') += number) += '\n';
  }
  void Counter(std::string_view name, std::string_view help, std::uint64_t value) {
    Head(name, "counter", help);
    Value(name, {}, value);
  }
  void Gauge(std::string_view name, std::string_view help, std::uint64_t value) {
    Head(name, "gauge", help);
    Value(name, {}, value);
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

inline std::string Label(std::string_view key, std::string_view value) {
  return std::string(key) + "=\"" + std::string(value) + "\"";
}

}  // namespace ringcast
