#include "admin/figure_series.h"

#include <chrono>

#include "admin/json_writer.h"

namespace ringcast {

void FigureSeries::Add(const Figures& before, const Figures& now) {
  const double seconds = std::chrono::duration<double>(now.at - before.at).count();
  auto rate = [&](std::uint64_t ShardFigures::*member) {
    return Rate(before.Sum(member), now.Sum(member), seconds);
  };
  points_.push_back({.wall = now.wall,
                     .streams = now.Sum(&ShardFigures::streams),
                     .deliveries = rate(&ShardFigures::deliveries),
                     .events = Rate(before.published, now.published, seconds),
                     .sent_bytes = rate(&ShardFigures::sent_bytes),
                     .p99 = LatencyQuantile(Difference(before.latency, now.latency), 0.99),
                     .resident_bytes = now.process.resident_bytes});
  if (points_.size() > kMostPoints) points_.pop_front();
}

std::string FigureSeries::Json() const {
  JsonBuffer buffer;
  JsonWriter out(buffer);
  out.SetMaxDecimalPlaces(6);
  out.StartObject();
  Key(out, "points");
  out.StartArray();
  for (const Point& point : points_) {
    out.StartArray();
    out.Uint64(point.wall);
    out.Uint64(point.streams);
    Number(out, point.deliveries);
    Number(out, point.events);
    Number(out, point.sent_bytes);
    Number(out, point.p99);
    out.Uint64(point.resident_bytes);
    out.EndArray();
  }
  out.EndArray();
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace ringcast
