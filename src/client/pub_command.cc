#include "client/pub_command.h"

#include <ringcast/publisher.h>
#include <sysexits.h>

#include <cerrno>
#include <cstdint>
#include <deque>
#include <string_view>

#include "base/result.h"
#include "client/line_reader.h"
#include "client/output_buffer.h"
#include "client/socket.h"
#include "protocol/channel_name.h"
#include "protocol/event.h"
#include "protocol/idempotency_key.h"
#include "protocol/ndjson.h"

namespace ringcast {
namespace {

// A line of JSON may be up to six times as long as the data in it (\u0001 for one byte); escapes of
// everything are not worth that much memory.
constexpr std::size_t kMaxLine = 2 * kHardMaxDataSize;

class Pub {
 public:
  explicit Pub(const PubOptions& options)
      : options_(options),
        of_lines_(options.ndjson || !options.data || *options.data == "-"),
        output_(options.output),
        errors_(options.errors),
        publisher_({.socket_path = options.publish_socket,
                    .connect_timeout_ms = options.connect_timeout_ms,
                    .keys = options.ndjson || !options.idempotency_key.empty()
                                ? PublisherOptions::Keys::kGiven
                                : PublisherOptions::Keys::kNone,
                    .on_result = [this](const PublishResult& result) { TakeResult(result); }}) {}

  int Run() {
    if (!options_.ndjson) {
      const std::string_view fault = ChannelNameError(options_.channel);
      if (!fault.empty()) {
        Complain(fault);
        return Finish(EX_DATAERR);
      }
      // Of lines with the longest number of one behind it.
      constexpr std::size_t kNumberBytes = 20;
      const std::size_t room = kMaxIdempotencyKeySize - (of_lines_ ? kNumberBytes + 1 : 0);
      const std::string& key = options_.idempotency_key;
      if (!key.empty() && (!IsValidIdempotencyKey(key) || key.size() > room)) {
        Complain("the idempotency key must have 1 to " + std::to_string(room) +
                 " visible ASCII characters");
        return Finish(EX_DATAERR);
      }
    }
    // The reason why a server is not there is wanted before any of a long input is read.
    if (!publisher_.Connect()) return Finish(Unavailable());
    if (!of_lines_) {
      Publish(options_.channel, options_.type, *options_.data, options_.idempotency_key);
      return Finish(WaitForAnswers());
    }
    return Finish(PublishLines());
  }

 private:
  int PublishLines() {
    LineReader reader(options_.input, kMaxLine);
    while (true) {
      if (reader.WouldWait()) {
        const int code = WaitForAnswers();
        if (code != EX_OK) return code;
      }
      std::string_view line;
      switch (reader.Next(line)) {
        case LineReader::Status::kEnd:
          return WaitForAnswers();
        case LineReader::Status::kError:
          Complain("cannot read the input: " + ErrnoText(errno));
          (void)WaitForAnswers();
          return EX_IOERR;
        case LineReader::Status::kTooLong:
          ++line_;
          Refuse(line_, "the line is too long");
          break;
        case LineReader::Status::kLine:
          ++line_;
          if (options_.ndjson) {
            PublishJson(line);
          } else {
            Publish(options_.channel, options_.type, line, KeyOfLine());
          }
          break;
      }
      if (unavailable_) return Unavailable();
      if (output_.failed()) return EX_IOERR;
    }
  }

  void PublishJson(std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    const Status parsed = parser_.Parse(line, parsed_);
    if (!parsed.ok()) return Refuse(line_, parsed.error().message);
    if (parsed_.has_key && !IsValidIdempotencyKey(parsed_.key)) {
      return Refuse(line_, kIdempotencyKeyFault);
    }
    Publish(parsed_.channel, parsed_.type, parsed_.data, parsed_.key);
  }

  // The same input sent again has the same keys.
  std::string KeyOfLine() const {
    if (options_.idempotency_key.empty()) return {};
    return options_.idempotency_key + "-" + std::to_string(line_);
  }

  void Publish(std::string_view channel, std::string_view type, std::string_view data,
               std::string_view key) {
    // What no frame can hold is judged here, everything else by the server.
    if (type.size() > kMaxEventTypeSize) {
      return Refuse(line_, Describe(EventError::kTypeTooLong));
    }
    if (data.size() > kHardMaxDataSize) {
      return Refuse(line_, Describe(EventError::kDataTooLarge));
    }
    const std::string_view fault = ChannelNameError(channel);
    if (!fault.empty()) return Refuse(line_, fault);
    const std::uint64_t offset = line_ - ++requests_;
    if (lines_.empty() || lines_.back().offset != offset) lines_.push_back({requests_, offset});
    if (publisher_.Publish(channel, type, data, key) == 0) unavailable_ = true;
  }

  void TakeResult(const PublishResult& result) {
    if (result.accepted) {
      if (!options_.quiet) output_.AddLine(result.id);
      return;
    }
    while (lines_.size() > 1 && lines_[1].from_request <= result.request) lines_.pop_front();
    Refuse(result.request + lines_.front().offset, result.reason);
  }

  int WaitForAnswers() {
    if (unavailable_ || !publisher_.Flush()) return Unavailable();
    return output_.Flush() ? EX_OK : EX_IOERR;
  }

  int Unavailable() {
    std::string text = publisher_.error();
    if (publisher_.unanswered() > 0) {
      text +=
          "; not acknowledged, so perhaps published: " + std::to_string(publisher_.unanswered());
    }
    Complain(text);
    return EX_UNAVAILABLE;
  }

  void Refuse(std::uint64_t line, std::string_view why) {
    refused_ = true;
    std::string text = "refused: ";
    if (of_lines_) text = "line " + std::to_string(line) + " refused: ";
    Complain(text.append(why));
  }

  void Complain(std::string_view text) {
    errors_.bytes() += "ringcast pub: ";
    errors_.AddLine(text);
  }

  int Finish(int code) {
    const bool written = output_.Flush();
    (void)errors_.Flush();
    if (code != EX_OK) return code;
    if (!written) return EX_IOERR;
    return refused_ ? EX_DATAERR : EX_OK;
  }

  // Which line a request was: request + offset, from a request on. A new entry for each line that
  // became no request, so the list is short.
  struct LineOffset {
    std::uint64_t from_request;
    std::uint64_t offset;
  };

  const PubOptions& options_;
  const bool of_lines_;  // the events come from the input
  OutputBuffer output_;
  OutputBuffer errors_;
  Publisher publisher_;
  PublishLineParser parser_;
  PublishLine parsed_;
  std::deque<LineOffset> lines_;
  std::uint64_t line_ = 0;
  std::uint64_t requests_ = 0;
  bool refused_ = false;
  bool unavailable_ = false;
};

}  // namespace

int RunPub(const PubOptions& options) { return Pub(options).Run(); }

}  // namespace ringcast
