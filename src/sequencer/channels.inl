// What publishers ask of a channel over HTTP.
//
//   GET /channels/{channel}      what is known of it       200 {...} or 404
//   PUT /channels/{channel}      creates it; a body such as {"history-events":100,"history-ttl":
//                                "10m"} says what holds for it, in place of what the one before
//                                said; without a body that stays
//                                                          201 {...}; 200 when it was there
//   DELETE /channels/{channel}   ends it and its streams   200 or 404
namespace ringcast {

template <class RingT>
void Sequencer<RingT>::AnswerChannelRequest(PublisherConnection& publisher, std::string_view path) {
  const HttpMethod method = publisher.parser.head().method;
  if (method != HttpMethod::kGet && method != HttpMethod::kHead && method != HttpMethod::kPut &&
      method != HttpMethod::kDelete) {
    return AnswerHttp(publisher, 405, "{\"error\":" + JsonString(kChannelMethodsReason) + "}",
                      kChannelMethods);
  }
  std::string name;
  if (!ReadChannelName(publisher, path, name)) return;
  if (method == HttpMethod::kPut) return CreateChannel(publisher, name);
  if (method == HttpMethod::kDelete) return DeleteChannel(publisher, name);
  DescribeChannel(publisher, name, 200);
}

template <class RingT>
void Sequencer<RingT>::DescribeChannel(PublisherConnection& publisher, const std::string& name,
                                       int status) {
  ChannelInfo info;
  if (!directory_.Describe(name, info) || info.standing != ChannelStanding::kLive) {
    return AnswerNoChannel(publisher, name);
  }
  std::string json = "{\"channel\":" + JsonString(name) +
                     ",\"subscribers\":" + std::to_string(info.subscribers) + ",\"newest\":\"" +
                     ShownId(info.newest) +
                     "\",\"history\":{\"events\":" + std::to_string(info.kept_events) +
                     ",\"bytes\":" + std::to_string(info.kept_bytes) + ",\"oldest\":";
  json += info.kept_events > 0 ? "\"" + ShownId(info.oldest_kept) + "\"" : "null";
  json += std::string("},\"created\":") + (info.created ? "true" : "false");
  json += ",\"settings\":{" + TermsJson(info.terms) + "}}";
  AnswerHttp(publisher, status, json);
}

template <class RingT>
void Sequencer<RingT>::AnswerNoChannel(PublisherConnection& publisher, const std::string& name) {
  const std::string_view reason = directory_.HasEnded(name)
                                      ? "the channel has ended"
                                      : "the channel has no subscriber and no history";
  AnswerHttp(publisher, 404, "{\"error\":" + JsonString(reason) + "}");
}

template <class RingT>
void Sequencer<RingT>::CreateChannel(PublisherConnection& publisher, const std::string& name) {
  const std::string_view body = publisher.parser.body();
  ChannelTermsChange change;
  const Status read = ReadTerms(body, change);
  if (!read) {
    stats_.refused.Add();
    return AnswerHttp(publisher, 400, "{\"error\":" + JsonString(read.error().message) + "}");
  }
  if (directory_.created_count() >= options_.max_channels && !directory_.IsCreated(name)) {
    refusals_.Note(Limit::kChannels, options_.max_channels, now_);
    stats_.refused.Add();
    return AnswerHttp(publisher, 503,
                      R"({"error":"too many channels are created; max-channels limits them"})");
  }
  const bool is_new = directory_.Create(name, body.empty() ? nullptr : &change);
  DescribeChannel(publisher, name, is_new ? 201 : 200);
}

template <class RingT>
void Sequencer<RingT>::DeleteChannel(PublisherConnection& publisher, const std::string& name) {
  if (!directory_.Delete(name)) return AnswerNoChannel(publisher, name);
  AnswerHttp(publisher, 200, "{\"channel\":" + JsonString(name) + ",\"deleted\":true}");
}

}  // namespace ringcast
