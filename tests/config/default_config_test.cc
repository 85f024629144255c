// systemd/ringcast.toml shows every option with its default; here it is taken at its word.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>

#include "config/config_file.h"
#include "config/option_table.h"
#include "config/options_loader.h"

namespace ringcast {
namespace {

std::string Uncommented(const std::string& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file.is_open()) << path;
  std::string text;
  for (std::string line; std::getline(file, line);) {
    // "#key = value" is an option, "# words" is prose.
    const bool option = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    text += (option ? line.substr(1) : line) + "\n";
  }
  return text;
}

TEST(DefaultConfig, UncommentedItSaysExactlyTheDefaults) {
  const std::string path = testing::TempDir() + "ringcast_default_config.toml";
  std::ofstream(path) << Uncommented(RINGCAST_DEFAULT_CONFIG);
  const OptionSources without_file{
      .flags = {}, .environment = {{"RUNTIME_DIRECTORY", "/run/ringcast"}}, .config_file = {}};
  OptionSources with_file = without_file;
  with_file.config_file = path;
  LoadedOptions loaded = LoadServeOptions(with_file);
  std::remove(path.c_str());
  ASSERT_TRUE(loaded.ok()) << loaded.ErrorText();
  loaded.options.sources = without_file;
  EXPECT_EQ(loaded.options, LoadServeOptions(without_file).options);
}

TEST(DefaultConfig, NamesEveryOptionOnceInTheOrderOfTheHelp) {
  const ConfigFile file = ParseConfig(Uncommented(RINGCAST_DEFAULT_CONFIG), "ringcast.toml");
  ASSERT_EQ(file.entries.size(), OptionTable().size());
  for (std::size_t i = 0; i < file.entries.size(); ++i) {
    EXPECT_EQ(file.entries[i].spec->name, OptionTable()[i].name);
  }
}

// The tables that are shown, indented behind the "#".
std::string Examples(const std::string& path) {
  constexpr std::string_view kIndent = "#     ";
  std::ifstream file(path);
  std::string text;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(kIndent)) text += line.substr(kIndent.size()) + "\n";
  }
  return text;
}

TEST(DefaultConfig, ItsExampleOfEachTableIsSound) {
  const std::string path = testing::TempDir() + "ringcast_default_examples.toml";
  std::ofstream(path) << Examples(RINGCAST_DEFAULT_CONFIG);
  const LoadedOptions loaded =
      LoadServeOptions({.flags = {}, .environment = {}, .config_file = path});
  EXPECT_TRUE(loaded.ok()) << loaded.ErrorText();
  const ConfigFile file = ReadConfigFile(path);
  std::remove(path.c_str());
  for (const TableSpec* table : Tables()) {
    const auto row = std::find_if(file.rows.begin(), file.rows.end(),
                                  [table](const ConfigRow& one) { return one.table == table; });
    EXPECT_NE(row, file.rows.end()) << table->name << " has no example";
  }
}

TEST(DefaultConfig, AsItIsItSaysNothing) {
  const ConfigFile file = ReadConfigFile(RINGCAST_DEFAULT_CONFIG);
  EXPECT_TRUE(file.errors.empty());
  EXPECT_TRUE(file.entries.empty());
}

}  // namespace
}  // namespace ringcast
