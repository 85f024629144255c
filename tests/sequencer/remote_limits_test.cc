// What a publisher on another host may cost: places, time, and bytes behind its last request.
#include <memory>
#include <string>
#include <vector>

#include "sequencer/remote_fixture.h"

namespace ringcast {
namespace {

using test::PublishClient;

class RemoteLimits : public test::RemoteFixture {
 protected:
  std::uint64_t Noted(Limit limit) {
    return stats.over_limit[static_cast<std::size_t>(limit)].Get();
  }
  std::string Good(const std::string& body = "x") {
    return Request("POST /publish/a", Bearer(Token({"a"})), body);
  }
};

TEST_F(RemoteLimits, OneAddressMayTakeAQuarterOfThePlaces) {
  options.max_publishers = 8;
  StartRemote();
  std::vector<std::unique_ptr<PublishClient>> here;
  for (int i = 0; i < 2; ++i) {
    here.push_back(Remote());
    EXPECT_TRUE(Has(Exchange(*here.back(), Good()), " 200 "));
  }
  const std::string answer = Once(Good());
  EXPECT_TRUE(Has(answer, "HTTP/1.1 503 ")) << answer;
  EXPECT_EQ(Noted(Limit::kPublishers), 1u);
  const auto elsewhere = Remote("127.0.0.2");
  EXPECT_TRUE(Has(Exchange(*elsewhere, Good()), " 200 "));
  here.pop_back();
  TickUntil([&] { return stats.remote_publishers.Get() == 2; });
  EXPECT_TRUE(Has(Once(Good()), " 200 "));
}

TEST_F(RemoteLimits, AllOthersLeaveAQuarterToThisHost) {
  options.max_publishers = 4;
  StartRemote();
  std::vector<std::unique_ptr<PublishClient>> others;
  for (const char* source : {"127.0.0.1", "127.0.0.2", "127.0.0.3"}) {
    others.push_back(Remote(source));
    EXPECT_TRUE(Has(Exchange(*others.back(), Good()), " 200 "));
  }
  const auto fourth = Remote("127.0.0.4");
  EXPECT_TRUE(Has(Exchange(*fourth, Good()), " 503 "));
  EXPECT_EQ(stats.remote_publishers.Get(), 3u);
  auto local = Binary();
  local->Publish("a", "x");
  TickUntil([&] {
    local->Flush();
    return local->Answers().size() == 1;
  });
  EXPECT_EQ(local->Answers()[0].code, 0);
  others.clear();
  TickUntil([&] { return stats.remote_publishers.Get() == 0; });
  const auto again = Remote("127.0.0.4");
  EXPECT_TRUE(Has(Exchange(*again, Good()), " 200 "));
}

TEST_F(RemoteLimits, ATrustedProxyStandsForManyAddresses) {
  options.max_publishers = 4;
  options.trusted_proxies = TrustedProxies({"127.0.0.9"});
  StartRemote();
  std::vector<std::unique_ptr<PublishClient>> through;
  for (int i = 0; i < 3; ++i) {
    through.push_back(Remote("127.0.0.9"));
    EXPECT_TRUE(Has(Exchange(*through.back(), Good()), " 200 "));
  }
}

TEST_F(RemoteLimits, TheRateOfAnAddressHolds) {
  options.max_publishers = 100;
  options.address_limits = {.per_second = 1, .burst = 2};
  StartRemote();
  EXPECT_TRUE(Has(Once(Good()), " 200 "));
  EXPECT_TRUE(Has(Once(Good()), " 200 "));
  EXPECT_TRUE(Has(Once(Good()), " 503 "));
  EXPECT_EQ(Noted(Limit::kConnectionRatePerIp), 1u);
  Pass(Millis(1'100));
  EXPECT_TRUE(Has(Once(Good()), " 200 "));
}

TEST_F(RemoteLimits, MorePlacesHoldForAddressesThatAreThere) {
  options.max_publishers = 4;
  StartRemote();
  const auto first = Remote();
  EXPECT_TRUE(Has(Exchange(*first, Good()), " 200 "));
  EXPECT_TRUE(Has(Once(Good()), " 503 "));
  options.max_publishers = 8;
  Settle();
  EXPECT_TRUE(Has(Once(Good()), " 200 "));
}

TEST_F(RemoteLimits, WhoSaysNothingIsClosed) {
  options.header_timeout = Millis(3'000);
  StartRemote();
  const auto client = Remote();
  TickUntil([&] { return stats.remote_publishers.Get() == 1; });
  Pass(Millis(2'000));
  client->Poll();
  EXPECT_FALSE(client->ended());
  Pass(Millis(2'000));
  WaitForEnd(*client);
  EXPECT_EQ(client->text(), "");
  TickUntil([&] { return stats.remote_publishers.Get() == 0; });
}

TEST_F(RemoteLimits, AHeadThatDripsIsRefusedInTime) {
  options.header_timeout = Millis(3'000);
  StartRemote();
  const auto client = Remote();
  const std::string request = Good();
  for (std::size_t i = 0; i < 60; ++i) {
    client->Append(request.substr(i, 1));
    client->Flush();
    Pass(Millis(100));
  }
  WaitForEnd(*client);
  EXPECT_TRUE(Has(client->text(), "HTTP/1.1 408 ")) << client->text();
}

TEST_F(RemoteLimits, ABodyHasItsOwnTime) {
  options.header_timeout = Millis(2'000);
  options.frame_timeout = Millis(6'000);
  StartRemote();
  const auto client = Remote();
  const std::string request = Good("hello");
  client->Append(request.substr(0, request.size() - 5));
  client->Flush();
  Ticks(5);
  Pass(Millis(4'000));
  EXPECT_TRUE(Has(Exchange(*client, "hello"), " 200 ")) << "longer than a head may take";
  client->Append(request.substr(0, request.size() - 1));
  client->Flush();
  Ticks(5);
  Pass(Millis(8'000));
  WaitForEnd(*client);
  EXPECT_TRUE(Has(client->text(), "HTTP/1.1 408 ")) << client->text();
  EXPECT_EQ(stats.published.Get(), 1u);
}

TEST_F(RemoteLimits, WhoHasAGoodTokenMayStayAndIsClosedWhenItIsOver) {
  options.header_timeout = Millis(2'000);
  StartRemote();
  const auto client = Remote();
  const std::string bearer = Bearer(Token({"a"}, kNow + 3600));
  EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 200 "));
  Pass(Millis(60'000));
  EXPECT_TRUE(Has(Exchange(*client, Request("POST /publish/a", bearer, "x")), " 200 "));
  ring->SetWall(static_cast<UnixMillis>(kNow + 3600) * 1000);
  Pass(Millis(4'000));
  WaitForEnd(*client);
  EXPECT_EQ(client->text(), "");
}

// The answer is not lost to a reset because of what is sent behind it.
TEST_F(RemoteLimits, WhoIsRefusedWhileItSendsCanReadWhy) {
  StartRemote();
  const auto client = Remote();
  client->Append(Request("POST /publish/a", "", std::string(300'000, 'x')));
  const std::string answer = NextAnswer(*client);
  EXPECT_TRUE(Has(answer, " 401 ")) << answer;
  TickUntil([&] {
    client->Poll();
    return client->Flush() == 0 && client->ended();
  });
  EXPECT_FALSE(client->reset());
  client->Close();
  TickUntil([&] { return stats.remote_publishers.Get() == 0; });
}

TEST_F(RemoteLimits, WhoSendsOnAndOnBehindARefusalIsCutOff) {
  StartRemote();
  const auto client = Remote();
  client->Append(Request("POST /publish/a", "", std::string(16 << 20, 'x')));
  TickUntil([&] {
    client->Flush();
    return stats.publishers_total.Get() == 1 && stats.remote_publishers.Get() == 0;
  });
}

TEST_F(RemoteLimits, WhoStaysBehindARefusalIsClosedInTime) {
  StartRemote();
  const auto client = Remote();
  EXPECT_TRUE(Has(Exchange(*client, Request("GET /channels/a", "")), " 401 "));
  WaitForEnd(*client);
  EXPECT_EQ(stats.remote_publishers.Get(), 1u);
  Pass(Millis(4'000));
  TickUntil([&] { return stats.remote_publishers.Get() == 0; });
}

TEST_F(RemoteLimits, WhoReadsNoAnswersIsClosed) {
  StartRemote();
  const auto client = Remote();
  const std::string request = Request("GET /channels/a", Bearer(Token({"a"})));
  for (int i = 0; i < 60'000; ++i) client->Append(request);
  std::size_t waits = 0;
  for (int i = 0; i < 3000; ++i) {
    waits = client->Flush();
    Tick();
  }
  EXPECT_GT(waits, 0u) << "it is read no more";
  Pass(Millis(12'000));
  TickUntil([&] { return stats.remote_publishers.Get() == 0; });
}

TEST_F(RemoteLimits, WhileItDrainsNobodyNewIsTaken) {
  StartRemote();
  const auto client = Remote();
  EXPECT_TRUE(Has(Exchange(*client, Good()), " 200 "));
  stop.drain = true;
  Ticks(3);
  const auto late = Remote();
  WaitForEnd(*late);
  EXPECT_TRUE(Has(Exchange(*client, Good()), " 200 ")) << "who is there finishes";
}

}  // namespace
}  // namespace ringcast
