#include "app/log.h"

#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "app/log_line.h"

namespace ringcast {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

LogLevel FromSpdlog(spdlog::level::level_enum level) {
  if (level <= spdlog::level::debug) return LogLevel::kDebug;
  if (level == spdlog::level::info) return LogLevel::kInfo;
  return level == spdlog::level::warn ? LogLevel::kWarning : LogLevel::kError;
}

// Whole lines straight to a descriptor: no stream's buffer can hold back the last words before a
// crash.
class DescriptorSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  DescriptorSink(int fd, LogFormat format) : fd_(fd), format_(format) {}

  void SetFormat(LogFormat format) {
    const std::lock_guard lock(mutex_);
    format_ = format;
  }
  int fd() const { return fd_; }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const auto since_epoch = std::chrono::duration_cast<Millis>(message.time.time_since_epoch());
    line_.clear();
    AppendLogLine(format_, FromSpdlog(message.level), static_cast<UnixMillis>(since_epoch.count()),
                  std::string_view(message.payload.data(), message.payload.size()), line_);
    std::string_view rest = line_;
    while (!rest.empty()) {
      const ssize_t written = write(fd_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  void flush_() override {}

 private:
  const int fd_;
  LogFormat format_;
  std::string line_;  // kept for its memory
};

// Plain: changed only while the main thread is alone.
std::unique_ptr<spdlog::logger> installed_logger;
std::shared_ptr<DescriptorSink> installed_sink;

void WriteToLogger(LogLevel level, std::string_view message) {
  installed_logger->log(ToSpdlog(level), spdlog::string_view_t(message.data(), message.size()));
}

}  // namespace

void InstallLog(LogLevel level, LogFormat format, int fd) {
  const LogFormat resolved = ResolveLogFormat(format, fd, std::getenv("JOURNAL_STREAM"));
  installed_sink = std::make_shared<DescriptorSink>(fd, resolved);
  installed_logger = std::make_unique<spdlog::logger>("ringcast", installed_sink);
  installed_logger->set_level(ToSpdlog(level));
  SetLogSink(WriteToLogger);
}

void RemoveLog() {
  SetLogSink(nullptr);
  installed_logger.reset();
  installed_sink.reset();
}

void SetLogLevel(LogLevel level) {
  if (installed_logger != nullptr) installed_logger->set_level(ToSpdlog(level));
}

void SetLogFormat(LogFormat format) {
  if (installed_sink == nullptr) return;
  installed_sink->SetFormat(
      ResolveLogFormat(format, installed_sink->fd(), std::getenv("JOURNAL_STREAM")));
}

LogFormat ResolveLogFormat(LogFormat format, int fd, const char* journal_stream) {
  if (format != LogFormat::kAuto) return format;
  struct stat info {};
  if (journal_stream == nullptr || fstat(fd, &info) != 0) return LogFormat::kText;
  const std::string own = std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino);
  return own == journal_stream ? LogFormat::kJournald : LogFormat::kText;
}

}  // namespace ringcast
