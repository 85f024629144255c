// A sequencer that also listens on TCP, with a key for tokens, and publishers on "other hosts":
// addresses of the loopback network.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "access/token_key.h"
#include "access/token_maker.h"
#include "access/token_verifier.h"
#include "sequencer/sequencer_fixture.h"

namespace ringcast::test {

class RemoteFixture : public SequencerFixture {
 protected:
  static constexpr std::int64_t kNow = 1'700'000'000;  // where the scripted ring's clock starts
  static constexpr std::string_view kSecret = "a secret of more than thirty-two bytes";

  // Change `options` first.
  void StartRemote(unsigned shards = 1, std::size_t lane_entries = 64) {
    Result<UniqueFd> opened = OpenTcpListener({.host = "127.0.0.1", .defer_accept = Millis(0)});
    ASSERT_TRUE(opened.ok());
    tcp_listener = std::move(*opened);
    options.listeners.push_back({.descriptor = tcp_listener.get(), .tcp = true});
    options.tokens = Verifier(kSecret);
    Start(shards, lane_entries);
  }
  std::uint16_t port() const { return BoundPort(tcp_listener); }

  static TokenKey Key(std::string_view secret) {
    Result<TokenKey> key = TokenKey::FromSecret(std::string(secret));
    EXPECT_TRUE(key.ok());
    return std::move(*key);
  }
  static std::shared_ptr<const TokenVerifier> Verifier(std::string_view secret) {
    std::vector<TokenKey> keys;
    keys.push_back(Key(secret));
    TokenRules rules;
    rules.leeway_seconds = 0;
    auto made = TokenVerifier::Make(std::move(keys), rules);
    EXPECT_TRUE(made.ok());
    return *made;
  }
  static std::string Token(std::vector<std::string> publish, std::int64_t expires = kNow + 3600,
                           std::string_view secret = kSecret) {
    TokenContent content;
    content.claims.expires = expires;
    content.claims.publish = std::move(publish);
    content.issued = kNow;
    return *MakeToken(content, Key(secret));
  }
  static std::string Bearer(const std::string& token) {
    return "Authorization: Bearer " + token + "\r\n";
  }
  static std::string Request(const std::string& line, const std::string& fields,
                             const std::string& body = {}) {
    std::string text = line + " HTTP/1.1\r\nHost: s\r\n" + fields;
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return text + "\r\n" + body;
  }

  std::unique_ptr<PublishClient> Remote(const char* source = "127.0.0.1") {
    return std::make_unique<PublishClient>(port(), source);
  }
  // Waits for one more answer on the connection; everything that came, if it ended before.
  std::string NextAnswer(PublishClient& client) {
    std::size_t head = std::string::npos;
    std::size_t size = 0;
    TickUntil([&] {
      client.Flush();
      client.Poll();
      head = client.text().find("\r\n\r\n");
      if (head == std::string::npos) return client.ended();
      const std::size_t length = client.text().find("Content-Length: ");
      size = head + 4 + (length < head ? std::stoul(client.text().substr(length + 16)) : 0);
      return client.text().size() >= size || client.ended();
    });
    return client.TakeText(head == std::string::npos ? client.text().size() : size);
  }
  std::string Exchange(PublishClient& client, const std::string& request) {
    client.Append(request);
    return NextAnswer(client);
  }
  // On a connection of its own.
  std::string Once(const std::string& request) {
    const auto client = Remote();
    return Exchange(*client, request);
  }
  void WaitForEnd(PublishClient& client) {
    TickUntil([&] {
      client.Flush();
      client.Poll();
      return client.ended();
    });
  }
  void Settle() {
    settings.Post(std::make_unique<const SequencerSettings>(options));
    TickUntil([this] { return settings.Acknowledged(); });
  }
  std::uint64_t Denied(PublishDenial denial) {
    return stats.denied[static_cast<std::size_t>(denial)].Get();
  }
  static bool Has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }

  UniqueFd tcp_listener;
};

}  // namespace ringcast::test
