#include "config/config_table.h"

#include <array>

#include "config/route_options.h"

namespace ringcast {
namespace {

std::string CountText(std::size_t count) {
  return std::to_string(count) + (count == 1 ? " table" : " tables");
}

constexpr std::array kTables{&kRouteTable};

}  // namespace

std::span<const TableSpec* const> Tables() { return kTables; }

const TableSpec* FindTable(std::span<const TableSpec* const> tables, std::string_view name) {
  const std::string kebab = KebabCase(name);
  for (const TableSpec* table : tables) {
    if (table->name == kebab) return table;
  }
  return nullptr;
}

const TableKey* FindKey(const TableSpec& table, std::string_view name) {
  const std::string kebab = KebabCase(name);
  for (const TableKey& key : table.keys) {
    if (key.name == kebab) return &key;
  }
  return nullptr;
}

std::string TableChange(const TableSpec& table, const ServeOptions& before,
                        const ServeOptions& after) {
  if (table.same(before, after)) return {};
  const std::size_t from = table.count(before);
  const std::size_t to = table.count(after);
  if (from == to) return std::string(table.name) + " changed";
  return std::string(table.name) + " " + CountText(from) + " -> " + CountText(to);
}

std::string ConfigRow::PlaceOf(std::string_view key, std::size_t index) const {
  for (const ConfigRowEntry& entry : entries) {
    if (entry.key->name != key) continue;
    return index < entry.values.size() ? entry.values[index].place : entry.place;
  }
  return place;
}

std::string ConfigRow::Where(std::string_view key, std::size_t index) const {
  return PlaceOf(key, index) + ": " + std::string(table->name) + "." + std::string(key);
}

}  // namespace ringcast
