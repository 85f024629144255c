// HTTP on a publisher's connection: what curl speaks, on the publish socket and over TCP.
//
//   POST /publish/{channel}?event=TYPE   the body is the data; Idempotency-Key may come with it
//                                        200 {"id":"...","subscribers":N}
//                                        200 {"id":"...","duplicate":true}
//   POST /publish                        NDJSON, a line an event       200, a line each
//   /channels/{channel}                  see channels.inl
namespace ringcast {

// Works through pipelined requests. True when there is more to do than one turn allows.
template <class RingT>
bool Sequencer<RingT>::WorkHttp(PublisherConnection& publisher) {
  if (publisher.job && !WorkJob(publisher)) return !publisher.blocked;
  if (publisher.request_waiting && !AnswerRequest(publisher)) return false;
  for (unsigned turn = 0; turn < kRequestsPerTurn; ++turn) {
    if (publisher.closing || publisher.begin == publisher.end) return false;
    if (directory_.pending_entries() >= kMaxBatchChannels) return true;
    const ParseResult result = publisher.parser.Feed(publisher.unread());
    publisher.begin += result.consumed;
    switch (result.status) {
      case ParseStatus::kNeedMore:
        return false;
      case ParseStatus::kError:
        if (publisher.parser.error_status() == 413) CountTooLarge(publisher);
        RefuseHttp(publisher, publisher.parser.error_status(), publisher.parser.error_reason());
        return false;
      case ParseStatus::kHeadComplete: {
        if (!Authorize(publisher)) return false;
        if (publisher.remote) {
          publisher.remote->in_body = true;
          publisher.partial_since = 0;  // the body has a time of its own
        }
        const RequestHead& head = publisher.parser.head();
        const bool single = head.path().starts_with(kPublishPath);
        const bool publishes = single || head.path() == "/publish";
        if (publishes && head.method != HttpMethod::kPost) {
          RefuseHttp(publisher, 405, "publish with POST", "POST");
          return false;
        }
        if (head.path().starts_with(kChannelsPath)) {
          if (head.method != HttpMethod::kPut) {
            const bool deletes = head.method == HttpMethod::kDelete;
            RefuseHttp(publisher, deletes ? 400 : 405,
                       deletes ? "a channel is ended without a body" : kChannelMethodsReason,
                       deletes ? "" : kChannelMethods);
            return false;
          }
          if (head.content_length.value_or(0) > kMaxSettingsBytes) {
            RefuseHttp(publisher, 413, "a channel's settings have at most 4096 bytes");
            return false;
          }
          publisher.parser.LimitBody(kMaxSettingsBytes);
          if (head.expect_continue) publisher.out += "HTTP/1.1 100 Continue\r\n\r\n";
          break;
        }
        if (!publishes) {
          RefuseHttp(publisher, 404,
                     "nothing here takes a body; publish with POST /publish/{channel}");
          return false;
        }
        if (single && head.content_length.value_or(0) > options_.max_event_bytes) {
          CountTooLarge(publisher);
          RefuseHttp(publisher, 413, "the data is larger than max-event-size");
          return false;
        }
        if (!single && head.content_length.value_or(0) > options_.max_batch_bytes) {
          CountTooLarge(publisher);
          RefuseHttp(publisher, 413, "the batch is larger than max-batch-size");
          return false;
        }
        if (single) publisher.parser.LimitBody(options_.max_event_bytes);
        if (head.expect_continue) publisher.out += "HTTP/1.1 100 Continue\r\n\r\n";
        break;
      }
      case ParseStatus::kComplete:
        if (!AnswerRequest(publisher)) return publisher.job.has_value() && !publisher.blocked;
        break;
    }
  }
  return publisher.begin < publisher.end;
}

// False when the request goes no further for now.
template <class RingT>
bool Sequencer<RingT>::AnswerRequest(PublisherConnection& publisher) {
  publisher.request_waiting = false;
  const RequestHead& head = publisher.parser.head();
  const std::string_view path = head.path();
  if (publisher.remote && head.method == HttpMethod::kOptions) {
    AnswerOptions(publisher);
    return true;
  }
  if (!Authorize(publisher)) return true;
  if (path.starts_with(kPublishPath)) {
    if (head.method != HttpMethod::kPost) {
      AnswerHttp(publisher, 405, R"({"error":"publish with POST"})", "POST");
    } else if (!head.has_body) {
      AnswerHttp(publisher, 400, R"({"error":"the body is the event's data, and there is none"})");
    } else if (!PublishOne(publisher, path.substr(kPublishPath.size()), head.query())) {
      publisher.request_waiting = true;
      publisher.blocked = true;
      return false;
    }
  } else if (path == "/publish") {
    if (head.method != HttpMethod::kPost) {
      AnswerHttp(publisher, 405, R"({"error":"publish with POST"})", "POST");
    } else if (publisher.parser.body().empty()) {
      AnswerHttp(publisher, 400,
                 R"({"error":"the body is NDJSON, a line an event, and there is none"})");
    } else if (head.has_idempotency_key) {
      AnswerHttp(publisher, 400,
                 R"({"error":"a line of a batch has a key of its own, as \"key\"; a header )"
                 R"(Idempotency-Key names a single event"})");
    } else if (BatchFits(publisher)) {
      publisher.job.emplace();
      publisher.job->body = publisher.parser.TakeBody();
      if (!WorkJob(publisher)) return false;
    }
  } else if (path.starts_with(kChannelsPath)) {
    AnswerChannelRequest(publisher, path.substr(kChannelsPath.size()));
  } else {
    AnswerHttp(publisher, 404,
               R"({"error":"no such resource; publish with POST /publish/{channel}"})");
  }
  return true;
}

// A batch that is too large is refused as a whole, before any of it is published.
template <class RingT>
bool Sequencer<RingT>::BatchFits(PublisherConnection& publisher) {
  const std::string_view body = publisher.parser.body();
  if (body.size() > options_.max_batch_bytes) {
    CountTooLarge(publisher);
    stats_.refused.Add();
    AnswerHttp(publisher, 413, R"({"error":"the batch is larger than max-batch-size"})");
    return false;
  }
  const auto ends = static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n'));
  if (ends + (body.ends_with('\n') ? 0 : 1) > options_.max_batch_events) {
    refusals_.Note(Limit::kBatchEvents, options_.max_batch_events, now_);
    stats_.refused.Add();
    AnswerHttp(publisher, 413, R"({"error":"the batch has more lines than max-batch-events"})");
    return false;
  }
  return true;
}

template <class RingT>
void Sequencer<RingT>::CountTooLarge(PublisherConnection& publisher) {
  const std::string_view path = publisher.parser.head().path();
  if (path.starts_with(kChannelsPath)) return;  // no option makes room for longer settings
  if (path.starts_with(kPublishPath)) {
    refusals_.Note(Limit::kEventSize, options_.max_event_bytes, now_);
  } else {
    refusals_.Note(Limit::kBatchSize, options_.max_batch_bytes, now_);
  }
}

template <class RingT>
bool Sequencer<RingT>::ReadChannelName(PublisherConnection& publisher, std::string_view raw,
                                       std::string& name) {
  const std::optional<std::string> decoded = PercentDecode(raw);
  if (!decoded || !IsValidChannelName(*decoded)) {
    const std::string_view reason =
        decoded ? ChannelNameError(*decoded) : "the channel's percent-encoding is broken";
    AnswerHttp(publisher, 400, "{\"error\":" + JsonString(reason) + "}");
    return false;
  }
  name = *decoded;
  return true;
}

// False when the channel's subscribers are too far behind: to be tried again.
template <class RingT>
bool Sequencer<RingT>::PublishOne(PublisherConnection& publisher, std::string_view path,
                                  std::string_view query) {
  std::string name;
  if (!ReadChannelName(publisher, path, name)) return true;
  std::string type;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    constexpr std::string_view kEvent = "event=";
    const std::optional<std::string> value =
        pair.starts_with(kEvent) ? PercentDecode(pair.substr(kEvent.size())) : std::nullopt;
    if (!value) {
      AnswerHttp(publisher, 400, R"({"error":"the query takes event=TYPE, percent-encoded"})");
      return true;
    }
    type = *value;
  }
  const RequestHead& head = publisher.parser.head();
  if (head.has_idempotency_key && !IsValidIdempotencyKey(head.idempotency_key)) {
    stats_.refused.Add();
    AnswerHttp(publisher, 400, "{\"error\":" + JsonString(kIdempotencyKeyFault) + "}");
    return true;
  }
  const Event event{type, publisher.parser.body()};
  const EventError error = ValidateEvent(event, options_.max_event_bytes);
  if (error != EventError::kNone) {
    stats_.refused.Add();
    if (error == EventError::kDataTooLarge) CountTooLarge(publisher);
    AnswerHttp(publisher, error == EventError::kDataTooLarge ? 413 : 400,
               "{\"error\":" + JsonString(Describe(error)) + "}");
    return true;
  }
  ChannelDirectory::Published published;
  switch (PublishOnce(name, event, head.idempotency_key, published)) {
    case Outcome::kPublished:
      AnswerHttp(publisher, 200, PublishedJson(published));
      return true;
    case Outcome::kRepeated:
      AnswerHttp(publisher, 200, RepeatedJson(published));
      return true;
    case Outcome::kOther:
      stats_.refused.Add();
      AnswerHttp(publisher, 422, "{\"error\":" + JsonString(kOtherEventReason) + "}");
      return true;
    case Outcome::kUnknownChannel:
      AnswerHttp(publisher, 404, "{\"error\":" + JsonString(kUnknownChannelReason) + "}");
      return true;
    case Outcome::kBlocked:
      return false;
  }
  return false;
}

// NDJSON. False when it goes no further for now: blocked, or enough for one turn.
template <class RingT>
bool Sequencer<RingT>::WorkJob(PublisherConnection& publisher) {
  BatchJob& job = *publisher.job;
  for (unsigned turn = 0; job.at < job.body.size(); ++turn) {
    if (turn == kFramesPerTurn || directory_.pending_entries() >= kMaxBatchChannels) return false;
    const std::size_t end = std::min(job.body.find('\n', job.at), job.body.size());
    const std::string_view line = std::string_view(job.body).substr(job.at, end - job.at);
    const std::size_t number = job.line + 1;
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
      std::string reason;
      Outcome outcome = Outcome::kPublished;
      const Status parsed = line_parser_.Parse(line, line_);
      const Event event{line_.type, line_.data};
      ChannelDirectory::Published published;
      if (!parsed) {
        reason = parsed.error().message;
      } else if (!IsValidChannelName(line_.channel)) {
        reason = ChannelNameError(line_.channel);
      } else if (!MayPublishTo(publisher, line_.channel)) {
        stats_.denied[static_cast<std::size_t>(PublishDenial::kNotAllowed)].Add();
        reason = kNotAllowedReason;
      } else if (line_.has_key && !IsValidIdempotencyKey(line_.key)) {
        reason = kIdempotencyKeyFault;
      } else if (const EventError error = ValidateEvent(event, options_.max_event_bytes);
                 error != EventError::kNone) {
        reason = Describe(error);
        if (error == EventError::kDataTooLarge) {
          refusals_.Note(Limit::kEventSize, options_.max_event_bytes, now_);
        }
      } else {
        outcome = PublishOnce(line_.channel, event, line_.key, published);
        if (outcome == Outcome::kBlocked) {
          publisher.blocked = true;
          return false;
        }
        if (outcome == Outcome::kOther) reason = kOtherEventReason;
      }
      if (outcome == Outcome::kUnknownChannel) {
        job.answers += RefusedLineJson(kUnknownChannelReason, number);
      } else if (reason.empty()) {
        job.answers +=
            outcome == Outcome::kRepeated ? RepeatedJson(published) : PublishedJson(published);
      } else {
        stats_.refused.Add();
        job.answers += RefusedLineJson(reason, number);
      }
      job.answers += '\n';
    }
    job.line = number;
    job.at = end + 1;
  }
  const std::string answers = std::move(job.answers);
  publisher.job.reset();
  AnswerHttp(publisher, 200, answers);
  return true;
}

// Answers the parsed request and makes ready for the next one.
template <class RingT>
void Sequencer<RingT>::AnswerHttp(PublisherConnection& publisher, int status, std::string_view json,
                                  std::string_view allow) {
  const RequestHead& head = publisher.parser.head();
  std::string body(json);
  if (!body.ends_with('\n')) body += '\n';
  AppendAnswer(publisher, {.status = status,
                           .body = body,
                           .keep_alive = head.keep_alive,
                           .head_only = head.method == HttpMethod::kHead,
                           .allow = allow,
                           .http_date = DateNow()});
}

// Answers what is no request that can be answered, and closes.
template <class RingT>
void Sequencer<RingT>::RefuseHttp(PublisherConnection& publisher, int status,
                                  std::string_view reason, std::string_view allow) {
  stats_.refused.Add();
  const std::string body = "{\"error\":" + JsonString(reason) + "}\n";
  AppendAnswer(publisher, {.status = status,
                           .body = body,
                           .keep_alive = false,
                           .allow = allow,
                           .http_date = DateNow()});
}

// One answer. A connection that goes on is ready for its next request; the others are closed behind
// it.
template <class RingT>
void Sequencer<RingT>::AppendAnswer(PublisherConnection& publisher, SimpleResponse response) {
  response.content_type = "application/json";
  if (publisher.remote) {
    response.cors = options_.origins.For(publisher.parser.head().origin);
    response.cors.credentials = false;  // a token comes with the request, and no cookie counts
  }
  AppendSimpleResponse(publisher.out, response);
  if (publisher.remote) publisher.remote->allowed = publisher.remote->in_body = false;
  if (!response.keep_alive) {
    publisher.closing = true;
    return;
  }
  publisher.parser.Reset();
  publisher.partial_since = 0;
}

}  // namespace ringcast
