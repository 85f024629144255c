#include "access/key_file.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include "access/key_text.h"

namespace ringcast {
namespace {

struct FileText {
  std::string text;
  bool readable_by_all = false;
};

Error SystemError() { return {std::generic_category().message(errno)}; }

Result<FileText> ReadFile(const std::string& path) {
  const auto close = [](std::FILE* stream) { std::fclose(stream); };
  const std::unique_ptr<std::FILE, decltype(close)> stream(std::fopen(path.c_str(), "rbe"), close);
  if (stream == nullptr) return SystemError();
  struct ::stat status {};
  if (::fstat(::fileno(stream.get()), &status) != 0) return SystemError();
  FileText file;
  file.readable_by_all = S_ISREG(status.st_mode) && (status.st_mode & S_IROTH) != 0;
  file.text.resize(kMaxKeyFileBytes + 1);
  const std::size_t size = std::fread(file.text.data(), 1, file.text.size(), stream.get());
  if (std::ferror(stream.get()) != 0) return SystemError();
  if (size > kMaxKeyFileBytes) return Error{"it is larger than 256KiB, so it is no key"};
  file.text.resize(size);
  return file;
}

// Keys whose owner alone should be able to read them.
bool IsConfidential(const KeysRead& read) {
  return !read.notes.empty() || std::any_of(read.keys.begin(), read.keys.end(),
                                            [](const TokenKey& key) { return key.can_sign(); });
}

}  // namespace

Result<KeySource> ParseKeySource(std::string_view text) {
  KeySource source;
  const std::size_t colon = text.find(':');
  if (colon != std::string_view::npos &&
      text.substr(0, colon).find('/') == std::string_view::npos) {
    source.kid = text.substr(0, colon);
    if (source.kid.empty()) {
      return Error{"\"" + std::string(text) +
                   "\" has no name before its colon; write KID:FILE, or " + "the file alone"};
    }
    text.remove_prefix(colon + 1);
  }
  if (text.empty() || text.find('\0') != std::string_view::npos) {
    return Error{"names no file; write KID:FILE, or the file alone"};
  }
  source.path = text;
  return source;
}

Result<LoadedKeys> LoadKeys(const KeySource& source, KeyUse use) {
  const auto fail = [&source](const std::string& why) { return Error{source.path + ": " + why}; };
  const Result<FileText> file = ReadFile(source.path);
  if (!file) return fail("cannot read the key: " + file.error().message);
  Result<KeysRead> read = ReadKeyText(file->text);
  if (!read) return fail(read.error().message);
  if (!source.kid.empty() && read->is_set) {
    return fail("a JWK set names its keys itself; leave \"" + source.kid + ":\" away");
  }

  LoadedKeys loaded;
  for (const std::string& note : read->notes) loaded.warnings.push_back(source.path + ": " + note);
  if (file->readable_by_all && IsConfidential(*read)) {
    loaded.warnings.push_back(source.path +
                              ": everybody may read it, and whoever does can make tokens; " +
                              "chmod o-r it");
  }
  if (use == KeyUse::kSign && (read->keys.size() != 1 || !read->keys.front().can_sign())) {
    return fail("it cannot sign; give a private key in PEM, or a secret");
  }
  for (TokenKey& key : read->keys) {
    if (!source.kid.empty()) key.set_kid(source.kid);
    if (use == KeyUse::kSign || !key.is_private()) {
      loaded.keys.push_back(std::move(key));
      continue;
    }
    loaded.warnings.push_back(source.path +
                              ": it is a private key, and the public half is enough to verify; " +
                              "write that with `openssl pkey -in FILE -pubout`");
    Result<TokenKey> half = key.PublicHalf();
    if (!half) return fail(half.error().message);
    loaded.keys.push_back(std::move(*half));
  }
  return loaded;
}

}  // namespace ringcast
