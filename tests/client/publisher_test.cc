#include <gtest/gtest.h>
#include <ringcast/publish.h>
#include <ringcast/publisher.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/fake_publish_server.h"
#include "protocol/publish_answers.h"
#include "support/temp_dir.h"

namespace ringcast {
namespace {

using test::FakePublishServer;
using test::TempDir;

struct Answer {
  std::uint64_t request;
  bool accepted;
  std::string id;
  int code;
};

class PublisherTest : public testing::Test {
 protected:
  PublisherOptions Options() {
    PublisherOptions options;
    options.socket_path = path_;
    options.first_backoff_ms = 1;
    options.max_backoff_ms = 5;
    options.on_result = [this](const PublishResult& result) {
      answers_.push_back({result.request, result.accepted, std::string(result.id), result.code});
      EXPECT_EQ(result.accepted, result.reason.empty());
    };
    return options;
  }

  TempDir dir_;
  const std::string path_ = dir_.File("p.sock");
  std::vector<Answer> answers_;
};

TEST_F(PublisherTest, PublishesAndReportsIds) {
  FakePublishServer server(path_, {});
  Publisher publisher(Options());
  EXPECT_EQ(publisher.Publish("news", "tick", "one"), 1u);
  EXPECT_EQ(publisher.Publish("news", "", "two"), 2u);
  EXPECT_EQ(publisher.unanswered(), 2u);
  ASSERT_TRUE(publisher.Flush()) << publisher.error();
  EXPECT_EQ(publisher.unanswered(), 0u);
  server.Stop();
  ASSERT_EQ(server.frames().size(), 2u);
  EXPECT_EQ(server.frames()[0].channel, "news");
  EXPECT_EQ(server.frames()[0].type, "tick");
  EXPECT_EQ(server.frames()[0].data, "one");
  EXPECT_EQ(server.frames()[1].data, "two");
  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_EQ(answers_[0].id, "1-1");
  EXPECT_EQ(answers_[1].id, "1-2");
  EXPECT_EQ(publisher.accepted(), 2u);
}

TEST_F(PublisherTest, PollSendsAndReportsWithoutWaitingForAll) {
  FakePublishServer server(path_, {});
  Publisher publisher(Options());
  EXPECT_TRUE(publisher.Poll(0));
  publisher.Publish("a", "", "x");
  for (int i = 0; i < 1000 && publisher.unanswered() > 0; ++i) EXPECT_TRUE(publisher.Poll(10));
  EXPECT_EQ(answers_.size(), 1u);
}

// Hostile inputs 82 to 90, seen from the publisher: told one by one, in order, and the others pass.
TEST_F(PublisherTest, ReportsRefusedEvents) {
  FakePublishServer server(path_, {{.max_data = 100}});
  Publisher publisher(Options());
  publisher.Publish("ok", "", "1");
  publisher.Publish("not ok", "", "2");
  publisher.Publish("ok", "line\nbreak", "3");
  publisher.Publish("ok", "", "\xFF");
  publisher.Publish("ok", "", std::string(3 << 20, 'x'));
  publisher.Publish("ok", "", "6");
  ASSERT_TRUE(publisher.Flush()) << publisher.error();
  ASSERT_EQ(answers_.size(), 6u);
  const int codes[] = {0,
                       RINGCAST_PUBLISH_NACK_CHANNEL,
                       RINGCAST_PUBLISH_NACK_TYPE,
                       RINGCAST_PUBLISH_NACK_DATA,
                       RINGCAST_PUBLISH_NACK_TOO_LARGE,
                       0};
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(answers_[i].request, i + 1);
    EXPECT_EQ(answers_[i].accepted, codes[i] == 0);
    EXPECT_EQ(answers_[i].code, codes[i]);
  }
  EXPECT_EQ(publisher.accepted(), 2u);
  EXPECT_EQ(publisher.refused(), 4u);
  EXPECT_EQ(publisher.reconnects(), 0u);
}

TEST_F(PublisherTest, TakesNothingThatNoFrameCanHold) {
  Publisher publisher(Options());
  EXPECT_EQ(publisher.Publish(std::string(65'536, 'c'), "", "x"), 0u);
  EXPECT_EQ(publisher.Publish("a", std::string(256, 't'), "x"), 0u);
  EXPECT_EQ(publisher.Publish("a", "", std::string((16 << 20) + 1, 'x')), 0u);
  EXPECT_FALSE(publisher.error().empty());
  EXPECT_EQ(publisher.unanswered(), 0u);
}

// Every event gets through at least once and in order, wherever connections break.
TEST_F(PublisherTest, SendsAgainWhatWasNotAnswered) {
  std::vector<FakePublishServer::Manner> manners;
  for (std::size_t i = 1; i <= 12; ++i) {
    manners.push_back({.frames = 7 * i, .unanswered = i % 4});
  }
  manners.push_back({.frames = 0});
  manners.push_back({.frames = 40, .unanswered = 40, .farewell = std::string("\x0C", 1)});
  FakePublishServer server(path_, manners);
  Publisher publisher(Options());
  constexpr std::uint64_t kEvents = 2'000;
  for (std::uint64_t i = 1; i <= kEvents; ++i) {
    ASSERT_EQ(publisher.Publish("a", "", std::to_string(i)), i);
    if (i % 50 == 0) {
      ASSERT_TRUE(publisher.Flush()) << publisher.error();
    }
  }
  ASSERT_TRUE(publisher.Flush()) << publisher.error();
  server.Stop();
  EXPECT_GE(publisher.reconnects(), 10u);
  EXPECT_EQ(publisher.accepted(), kEvents);

  ASSERT_EQ(answers_.size(), kEvents);
  for (std::uint64_t i = 0; i < kEvents; ++i) EXPECT_EQ(answers_[i].request, i + 1);
  std::set<std::uint64_t> seen;
  std::uint64_t next_new = 1;
  std::uint64_t last = 0;
  std::size_t connection = 0;
  for (const FakePublishServer::Frame& frame : server.frames()) {
    EXPECT_EQ(frame.data, std::to_string(frame.request));
    if (frame.connection == connection && last != 0) {
      EXPECT_EQ(frame.request, last + 1);
    }
    connection = frame.connection;
    last = frame.request;
    if (seen.insert(frame.request).second) {
      EXPECT_EQ(frame.request, next_new);
      ++next_new;
    }
  }
  EXPECT_EQ(seen.size(), kEvents);
}

TEST_F(PublisherTest, KeepsToItsWindow) {
  FakePublishServer server(path_, {});
  PublisherOptions options = Options();
  options.window_bytes = 1000;
  Publisher publisher(options);
  for (int i = 0; i < 200; ++i) {
    ASSERT_NE(publisher.Publish("a", "", std::string(100, 'x')), 0u);
    EXPECT_LE(publisher.unanswered(), 9u);
  }
  // An event larger than the window goes alone.
  ASSERT_NE(publisher.Publish("a", "", std::string(999, 'y')), 0u);
  ASSERT_NE(publisher.Publish("a", "", "z"), 0u);
  EXPECT_EQ(publisher.unanswered(), 1u);
  ASSERT_TRUE(publisher.Flush());
  EXPECT_EQ(publisher.accepted(), 202u);
}

TEST_F(PublisherTest, SaysThatNoServerIsThere) {
  PublisherOptions options = Options();
  options.connect_timeout_ms = 30;
  Publisher publisher(options);
  EXPECT_FALSE(publisher.Connect());
  EXPECT_NE(publisher.error().find(path_), std::string::npos);
  EXPECT_EQ(publisher.Publish("a", "", "kept"), 1u);
  EXPECT_FALSE(publisher.Flush());
  EXPECT_EQ(publisher.unanswered(), 1u);
  // The event is kept for when there is one.
  FakePublishServer server(path_, {});
  EXPECT_TRUE(publisher.Flush()) << publisher.error();
  server.Stop();
  ASSERT_EQ(server.frames().size(), 1u);
  EXPECT_EQ(server.frames()[0].data, "kept");
}

TEST_F(PublisherTest, AnEventMayHaveAKey) {
  FakePublishServer server(path_, {});
  PublisherOptions options = Options();
  options.keys = PublisherOptions::Keys::kGiven;
  Publisher publisher(options);
  publisher.Publish("a", "t", "x", "order-1");
  publisher.Publish("a", "", "y");
  EXPECT_EQ(publisher.Publish("a", "", "z", "no key"), 0u);
  EXPECT_NE(publisher.error().find("visible ASCII"), std::string::npos) << publisher.error();
  EXPECT_EQ(publisher.Publish(std::string(256, 'c'), "", "z", "k"), 0u);
  ASSERT_TRUE(publisher.Flush()) << publisher.error();
  server.Stop();
  ASSERT_EQ(server.frames().size(), 2u);
  EXPECT_EQ(server.frames()[0].key, "order-1");
  EXPECT_EQ(server.frames()[0].type, "t");
  EXPECT_EQ(server.frames()[0].data, "x");
  EXPECT_EQ(server.frames()[1].key, "");

  Publisher without(Options());
  EXPECT_EQ(without.Publish("a", "", "x", "k"), 0u);
  EXPECT_NE(without.error().find("no keys"), std::string::npos) << without.error();
}

// What is sent again has the key that it had, and no two events have the same.
TEST_F(PublisherTest, EachEventMayHaveAKeyOfItsOwn) {
  FakePublishServer server(path_, {{.frames = 7, .unanswered = 3}, {.frames = 5, .unanswered = 5}});
  PublisherOptions options = Options();
  options.keys = PublisherOptions::Keys::kEach;
  {
    Publisher publisher(options);
    for (int i = 0; i < 20; ++i) publisher.Publish("a", "", std::to_string(i));
    publisher.Publish("a", "", "20", "given");
    ASSERT_TRUE(publisher.Flush()) << publisher.error();
  }
  Publisher another(options);
  another.Publish("a", "", "elsewhere");
  ASSERT_TRUE(another.Flush()) << another.error();
  server.Stop();
  std::map<std::string, std::set<std::string>> keys;
  for (const auto& frame : server.frames()) keys[frame.data].insert(frame.key);
  ASSERT_EQ(keys.size(), 22u);
  ASSERT_GT(server.frames().size(), 22u) << "nothing was sent again";
  std::set<std::string> all;
  for (const auto& [data, of_event] : keys) {
    EXPECT_EQ(of_event.size(), 1u) << data;
    all.insert(of_event.begin(), of_event.end());
  }
  EXPECT_EQ(all.size(), 22u);
  EXPECT_EQ(keys["20"], std::set<std::string>{"given"});
}

TEST_F(PublisherTest, SaysThatTheServerHasNoKeys) {
  std::string first_version;
  AppendHello(first_version, 1, 1);
  FakePublishServer server(path_, {{.greeting = first_version, .silent = true}});
  PublisherOptions options = Options();
  options.keys = PublisherOptions::Keys::kGiven;
  Publisher publisher(options);
  publisher.Publish("a", "", "x", "k");
  EXPECT_FALSE(publisher.Flush());
  EXPECT_NE(publisher.error().find("version 1 of the publish protocol, this program version 2"),
            std::string::npos)
      << publisher.error();
}

TEST_F(PublisherTest, SaysThatTheServerIsSilent) {
  FakePublishServer server(path_, {{.silent = true}});
  PublisherOptions options = Options();
  options.answer_timeout_ms = 30;
  Publisher publisher(options);
  publisher.Publish("a", "", "x");
  EXPECT_FALSE(publisher.Flush());
  EXPECT_NE(publisher.error().find("does not answer"), std::string::npos);
  EXPECT_TRUE(publisher.Flush()) << publisher.error();
}

TEST_F(PublisherTest, RefusesAServerOfAnotherKind) {
  std::string other_version;
  AppendHello(other_version, 1, 1);
  other_version[4] = 9;
  std::string out_of_order;
  AppendHello(out_of_order, 1, 1);
  AckBuilder acks;
  acks.Add(99, {1, 1}, out_of_order);
  acks.Flush(out_of_order);
  std::string garbage;
  AppendHello(garbage, 1, 1);
  garbage += std::string(16, '\x42');

  const std::pair<std::string, std::string> cases[] = {
      {"HTTP/1.1 400 Bad Request\r\n\r\n", "no publish socket"},
      {other_version, "version 9"},
      {out_of_order, "not the next one"},
      {garbage, "unknown kind"}};
  std::vector<FakePublishServer::Manner> manners;
  for (const auto& [greeting, expected] : cases) {
    manners.push_back({.greeting = greeting, .silent = true});
  }
  FakePublishServer server(path_, manners);
  for (const auto& [greeting, expected] : cases) {
    Publisher publisher(Options());
    publisher.Publish("a", "", "x");
    EXPECT_FALSE(publisher.Flush());
    EXPECT_NE(publisher.error().find(expected), std::string::npos) << publisher.error();
    EXPECT_EQ(publisher.unanswered(), 1u);
  }
}

TEST_F(PublisherTest, TellsTheServersReasonForAnError) {
  std::string fatal;
  AppendError(fatal, 1, ErrorCode::kSequence, "the numbers are wrong");
  std::string passing;
  AppendError(passing, 1, ErrorCode::kBusy, "come back");
  FakePublishServer server(path_, {{.frames = 1, .unanswered = 1, .farewell = passing},
                                   {.frames = 1, .unanswered = 1, .farewell = fatal}});
  Publisher publisher(Options());
  publisher.Publish("a", "", "x");
  // The first is tried again at once, the second is not.
  EXPECT_FALSE(publisher.Flush());
  EXPECT_NE(publisher.error().find("the numbers are wrong"), std::string::npos);
  EXPECT_TRUE(publisher.Flush()) << publisher.error();
  server.Stop();
  EXPECT_EQ(server.connections(), 3u);
}

}  // namespace
}  // namespace ringcast
