#include "support/http_client.h"

#include <gtest/gtest.h>

#include "support/port_lease.h"
#include "support/scripted_peer.h"

namespace ringcast::test {
namespace {

using std::chrono::seconds;
using Ending = ScriptedPeer::Ending;

Result<HttpResponse> AnswerTo(ScriptedPeer& peer, std::string_view method = "GET",
                              std::string_view body = {}) {
  Result<HttpClient> client = HttpClient::ConnectTcp(peer.port(), seconds(20));
  if (!client) return client.error();
  return client->Request(method, "/x", seconds(20), body, {{"X-Test", "1"}});
}

TEST(HttpClient, ReadsABodyOfEachFraming) {
  for (const std::string head :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nhello"}) {
    ScriptedPeer peer({head.substr(0, 20), head.substr(20)}, Ending::kClose);
    const Result<HttpResponse> answer = AnswerTo(peer);
    ASSERT_TRUE(answer.ok()) << answer.error().message;
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->reason, "OK");
    EXPECT_EQ(answer->body, "hello") << head;
  }
}

TEST(HttpClient, SendsWhatItIsTold) {
  ScriptedPeer peer({"HTTP/1.1 204 No Content\r\nX-A:  b \r\nx-a: c\r\n\r\n"},
                    Ending::kWaitForPeer);
  const Result<HttpResponse> answer = AnswerTo(peer, "POST", "data");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->status, 204);
  EXPECT_EQ(answer->header("X-a"), "b");
  EXPECT_EQ(answer->header_count("x-A"), 2);
  EXPECT_EQ(answer->header("none"), "");
  peer.Join();
  EXPECT_EQ(peer.received(),
            "POST /x HTTP/1.1\r\nHost: localhost\r\nX-Test: 1\r\nContent-Length: 4\r\n\r\ndata");
}

TEST(HttpClient, AnAnswerToHeadHasNoBody) {
  ScriptedPeer peer({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, Ending::kWaitForPeer);
  const Result<HttpResponse> answer = AnswerTo(peer, "HEAD");
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer->body, "");
}

TEST(HttpClient, ReportsABodyThatIsCutShort) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "HTTP/1.1 200 OK\r\n", "HTTP/2 200 OK\r\n\r\n"}) {
    ScriptedPeer peer({text}, Ending::kClose);
    EXPECT_FALSE(AnswerTo(peer).ok()) << text;
  }
}

TEST(HttpClient, TellsFinFromReset) {
  for (const Ending ending : {Ending::kClose, Ending::kReset}) {
    ScriptedPeer peer({"bytes"}, ending);
    Result<HttpClient> client = HttpClient::ConnectTcp(peer.port(), seconds(20));
    ASSERT_TRUE(client.ok());
    ASSERT_TRUE(client->Send("\r\n\r\n", seconds(20)).ok());
    ASSERT_EQ(*client->ReadUntil("byt", seconds(20)), "byt");
    const Result<std::string> rest = client->ReadAll(seconds(20));
    ASSERT_TRUE(rest.ok());
    EXPECT_EQ(*rest, "es");
    EXPECT_EQ(client->peer_end(), ending == Ending::kClose ? PeerEnd::kFin : PeerEnd::kReset);
  }
}

TEST(HttpClient, GivesUpAtTheDeadlineAndKeepsWhatCame) {
  ScriptedPeer peer({"abc"}, Ending::kWaitForPeer);
  Result<HttpClient> client = HttpClient::ConnectTcp(peer.port(), seconds(20));
  ASSERT_TRUE(client.ok());
  ASSERT_TRUE(client->Send("\r\n\r\n", seconds(20)).ok());
  ASSERT_TRUE(client->ReadUntil("a", seconds(20)).ok());
  EXPECT_FALSE(client->ReadUntil("z", std::chrono::milliseconds(20)).ok());
  EXPECT_FALSE(client->WaitForEnd(std::chrono::milliseconds(0)));
  client->HalfClose();
  EXPECT_TRUE(client->WaitForEnd(seconds(20)));
}

TEST(HttpClient, ReportsARefusedConnection) {
  const PortLease nobody;
  const Result<HttpClient> client = HttpClient::ConnectTcp(nobody.port(), seconds(20));
  ASSERT_FALSE(client.ok());
  EXPECT_NE(client.error().message.find("refused"), std::string::npos);
  EXPECT_FALSE(HttpClient::ConnectUnix("/no/such/socket", seconds(20)).ok());
}

}  // namespace
}  // namespace ringcast::test
