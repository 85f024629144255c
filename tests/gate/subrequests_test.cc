// The requests to the application, with applications that behave and such that do not.
#include "gate/subrequests.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>

#include "support/raw_application.h"
#include "support/temp_dir.h"
#include "uring/bell.h"
#include "uring/clock.h"

namespace ringcast {
namespace {

using test::RawApplication;
using Reply = RawApplication::Reply;
using Then = RawApplication::Then;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// Long enough never to be waited for by a test that goes well.
constexpr Millis kPatience{20'000};

class SubrequestsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { Subrequests::InitLibrary(); }

  static Question Ask(const std::string& url) {
    Question question;
    question.url = *ParseAuthUrl(url);
    question.method = "GET";
    question.original_uri = "/events/a";
    return question;
  }

  // Until all that were started have finished.
  std::map<std::uint64_t, Subrequests::Outcome> Finish() {
    std::map<std::uint64_t, Subrequests::Outcome> outcomes;
    const MonoTime until = MonotonicNow() + kPatience;
    while (subrequests_.under_way() > 0 && MonotonicNow() < until) {
      std::vector<Subrequests::Outcome> finished;
      subrequests_.Run(finished);
      for (Subrequests::Outcome& outcome : finished) {
        EXPECT_FALSE(outcomes.contains(outcome.number)) << "reported twice";
        outcomes.emplace(outcome.number, std::move(outcome));
      }
      if (subrequests_.under_way() > 0) subrequests_.Wait(bell_.descriptor(), Millis(100));
    }
    EXPECT_EQ(subrequests_.under_way(), 0u);
    return outcomes;
  }
  Subrequests::Outcome Once(const Question& question, Millis at_most = kPatience) {
    subrequests_.Start(1, question, at_most);
    return Finish()[1];
  }
  // What becomes of this answer.
  Subrequests::Outcome To(const Reply& reply, Millis at_most = kPatience) {
    application_.Answer([reply](const std::string&) { return reply; });
    return Once(Ask(application_.url()), at_most);
  }

  Bell bell_;
  Subrequests subrequests_;
  RawApplication application_{[](const std::string&) { return RawApplication::Sound(204); }};
};

TEST_F(SubrequestsTest, CarriesWhatTheClientBrought) {
  Question question = Ask(application_.url("/sse/auth?x=1"));
  question.cookie = "session=1; theme=dark";
  question.authorization = "Bearer abc";
  question.origin = "https://example.org";
  question.address = "2001:db8::1";
  question.original_uri = "/events?channel=a&channel=b";
  question.channels = {"a", "user/1"};
  EXPECT_EQ(Once(question).answer.status, 204);
  ASSERT_EQ(application_.requests().size(), 1u);
  const std::string head = application_.requests()[0];
  EXPECT_TRUE(head.starts_with("GET /sse/auth?x=1 HTTP/1.1\r\n")) << head;
  const std::map<std::string, std::string> expected = {
      {"Host", "127.0.0.1:" + std::to_string(application_.port())},
      {"Cookie", "session=1; theme=dark"},
      {"Authorization", "Bearer abc"},
      {"Origin", "https://example.org"},
      {"X-Real-IP", "2001:db8::1"},
      {"X-Forwarded-For", "2001:db8::1"},
      {"X-Original-URI", "/events?channel=a&channel=b"},
      {"X-Original-Method", "GET"},
      {"X-Ringcast-Channels", "a,user/1"}};
  for (const auto& [name, value] : expected) {
    EXPECT_EQ(RawApplication::Field(head, name), value) << name;
  }
  EXPECT_EQ(head.find("Content-Length"), std::string::npos);
}

TEST_F(SubrequestsTest, LeavesOutWhatTheClientDidNotBring) {
  Once(Ask(application_.url()));
  const std::string head = application_.requests()[0];
  for (const char* name : {"Cookie", "Authorization", "Origin", "X-Real-IP", "X-Forwarded-For"}) {
    EXPECT_EQ(head.find("\r\n" + std::string(name) + ":"), std::string::npos) << name;
  }
}

TEST_F(SubrequestsTest, NothingOfOneRequestIsInTheNext) {
  Question first = Ask(application_.url());
  first.cookie = "session=1";
  Once(first);
  Once(Ask(application_.url()));
  EXPECT_EQ(RawApplication::Field(application_.requests()[1], "Cookie"), "");
}

TEST_F(SubrequestsTest, KeepsItsConnections) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Once(Ask(application_.url())).answer.status, 204);
  EXPECT_EQ(application_.connections(), 1u);
}

// Many servers close an idle connection just when the next request comes.
TEST_F(SubrequestsTest, AConnectionThatWasClosedMeanwhileIsReplaced) {
  application_.Answer([](const std::string&) {
    Reply reply = RawApplication::Sound(204);
    reply.then = Then::kClose;
    return reply;
  });
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(Once(Ask(application_.url())).asked, Asked::kAnswered) << i;
  }
}

TEST_F(SubrequestsTest, AsksOnAUnixSocket) {
  const test::TempDir directory;
  const RawApplication application([](const std::string&) { return RawApplication::Sound(403); },
                                   directory.File("app.sock"));
  EXPECT_EQ(Once(Ask("http://unix:" + directory.File("app.sock") + ":/auth?x")).answer.status, 403);
  EXPECT_TRUE(application.requests()[0].starts_with("GET /auth?x HTTP/1.1\r\nHost: localhost\r\n"));
}

TEST_F(SubrequestsTest, ManyAtOnce) {
  application_.Answer([](const std::string& head) {
    Reply reply = RawApplication::Sound(200, "", RawApplication::Field(head, "X-Original-URI"));
    reply.before = 20ms;
    return reply;
  });
  for (std::uint64_t i = 0; i < 50; ++i) {
    Question question = Ask(application_.url());
    question.original_uri = "/" + std::to_string(i);
    subrequests_.Start(i, question, kPatience);
  }
  const auto outcomes = Finish();
  ASSERT_EQ(outcomes.size(), 50u);
  for (const auto& [number, outcome] : outcomes) {
    EXPECT_EQ(outcome.answer.body, "/" + std::to_string(number));
  }
}

TEST_F(SubrequestsTest, ReadsTheFieldsThatMatter) {
  const auto outcome =
      To(RawApplication::Sound(401,
                               "content-TYPE:  application/json \r\nWWW-Authenticate: Bearer\r\n"
                               "X-Ringcast-Channels: a\r\nX-Ringcast-Channels: b\r\n",
                               "{}"));
  ASSERT_EQ(outcome.asked, Asked::kAnswered) << outcome.error;
  EXPECT_EQ(outcome.answer.status, 401);
  EXPECT_EQ(outcome.answer.content_type, "application/json");
  EXPECT_EQ(outcome.answer.www_authenticate, "Bearer");
  EXPECT_TRUE(outcome.answer.has_channels);
  EXPECT_EQ(outcome.answer.channels, "a, b");
  EXPECT_EQ(outcome.answer.body, "{}");
}

TEST_F(SubrequestsTest, AnEmptyFieldIsAField) {
  const auto outcome = To(RawApplication::Sound(204, "X-Ringcast-Channels:\r\n"));
  EXPECT_TRUE(outcome.answer.has_channels);
  EXPECT_EQ(outcome.answer.channels, "");
}

TEST_F(SubrequestsTest, AnInterimAnswerDoesNotCount) {
  Reply reply = RawApplication::Sound(403);
  reply.bytes = "HTTP/1.1 103 Early Hints\r\nX-Ringcast-Channels: a\r\n\r\n" + reply.bytes;
  const auto outcome = To(reply);
  EXPECT_EQ(outcome.answer.status, 403);
  EXPECT_FALSE(outcome.answer.has_channels);
}

TEST_F(SubrequestsTest, NorDoTrailers) {
  const auto outcome = To({.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    "2\r\nok\r\n0\r\nX-Ringcast-Channels: a\r\n\r\n"});
  ASSERT_EQ(outcome.asked, Asked::kAnswered) << outcome.error;
  EXPECT_EQ(outcome.answer.body, "ok");
  EXPECT_FALSE(outcome.answer.has_channels);
}

TEST_F(SubrequestsTest, ARedirectIsNotFollowed) {
  EXPECT_EQ(To(RawApplication::Sound(302, "Location: " + application_.url("/other") + "\r\n"))
                .answer.status,
            302);
  EXPECT_EQ(application_.requests().size(), 1u);
}

TEST_F(SubrequestsTest, NoProxyOfTheEnvironmentIsUsed) {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  ::setenv("all_proxy", "http://127.0.0.1:1", 1);
  EXPECT_EQ(To(RawApplication::Sound(204)).answer.status, 204);
  ::unsetenv("http_proxy");
  ::unsetenv("all_proxy");
}

TEST_F(SubrequestsTest, SilenceIsATimeout) {
  EXPECT_EQ(To({.bytes = "", .then = Then::kSilent}, 200ms).asked, Asked::kTimeout);
  EXPECT_EQ(To({.bytes = "HTTP/1.1 200 OK\r\nX: ", .then = Then::kSilent}, 200ms).asked,
            Asked::kTimeout);
  EXPECT_EQ(
      To({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", .then = Then::kSilent}, 200ms)
          .asked,
      Asked::kTimeout);
}

// The time is that of the whole answer, not between its bytes.
TEST_F(SubrequestsTest, SoIsAnAnswerThatComesByteByByte) {
  Reply reply = RawApplication::Sound(200, "", std::string(4000, 'x'));
  reply.between_bytes = 5ms;
  EXPECT_EQ(To(reply, 300ms).asked, Asked::kTimeout);
  Reply small = RawApplication::Sound(204);
  small.between_bytes = 1ms;
  EXPECT_EQ(To(small).answer.status, 204) << "slow, but in time";
}

TEST_F(SubrequestsTest, AnEndInTheMiddleIsNoAnswer) {
  for (const Then then : {Then::kClose, Then::kReset}) {
    EXPECT_EQ(To({.bytes = "", .then = then}).asked, Asked::kBroken);
    EXPECT_EQ(To({.bytes = "HTTP/1.1 200 OK\r\nX: y", .then = then}).asked, Asked::kBroken);
    EXPECT_EQ(To({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", .then = then}).asked,
              Asked::kBroken);
    EXPECT_EQ(
        To({.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", .then = then})
            .asked,
        Asked::kBroken);
  }
}

TEST_F(SubrequestsTest, GarbageIsNoAnswer) {
  for (const char* bytes :
       {"hello\r\n\r\n", "\x16\x03\x01\x02\x00\x01", "HTTP/9.9 200 OK\r\n\r\n",
        "ICY 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nX-Ringcast-Channels: a\r\n b\r\nContent-Length: 0\r\n\r\n"}) {
    const auto outcome = To({.bytes = bytes, .then = Then::kClose});
    EXPECT_EQ(outcome.asked, Asked::kBroken) << bytes;
    EXPECT_FALSE(outcome.error.empty()) << bytes;
  }
}

TEST_F(SubrequestsTest, AHeadWithoutEndIsCutOff) {
  Reply reply{.bytes = "HTTP/1.1 200 OK\r\n", .then = Then::kSilent};
  for (int i = 0; i < 2000; ++i) reply.bytes += "X-" + std::to_string(i) + ": filler\r\n";
  const auto outcome = To(reply);
  EXPECT_EQ(outcome.asked, Asked::kBroken);
  EXPECT_EQ(outcome.error, "its head is larger than 16 KiB");
}

TEST_F(SubrequestsTest, ALargeBodyIsCutOff) {
  const auto whole = To(RawApplication::Sound(200, "", std::string(kMostAnswerBodyBytes, 'x')));
  EXPECT_EQ(whole.answer.body.size(), kMostAnswerBodyBytes);
  const auto outcome =
      To(RawApplication::Sound(200, "", std::string(kMostAnswerBodyBytes + 1, 'x')));
  EXPECT_EQ(outcome.asked, Asked::kBroken);
  EXPECT_EQ(outcome.error, "its body is larger than 64 KiB");
}

// What follows on the connection must not become the answer to the next request.
TEST_F(SubrequestsTest, MoreThanWasAnnouncedIsNotTakenForTheNextAnswer) {
  application_.Answer([](const std::string& head) {
    Reply reply = RawApplication::Sound(403);
    if (head.find("/first") != std::string::npos) {
      reply.bytes += "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    }
    return reply;
  });
  EXPECT_EQ(Once(Ask(application_.url("/first"))).answer.status, 403);
  const auto next = Once(Ask(application_.url("/second")));
  EXPECT_FALSE(next.asked == Asked::kAnswered && next.answer.status == 200);
}

TEST_F(SubrequestsTest, WhereNobodyListensIsUnreachable) {
  std::string url;
  {
    const RawApplication gone([](const std::string&) { return RawApplication::Sound(204); });
    url = gone.url();
  }
  EXPECT_EQ(Once(Ask(url)).asked, Asked::kUnreachable);
  EXPECT_EQ(Once(Ask("http://unix:/nowhere/app.sock:/")).asked, Asked::kUnreachable);
}

// The application speaks no TLS here.
TEST_F(SubrequestsTest, TlsIsNotGivenUpForPlainText) {
  const auto outcome =
      Once(Ask("https://127.0.0.1:" + std::to_string(application_.port()) + "/auth"), 300ms);
  EXPECT_NE(outcome.asked, Asked::kAnswered);
}

TEST_F(SubrequestsTest, EndsWithRequestsUnderWay) {
  application_.Answer([](const std::string&) { return Reply{.bytes = "", .then = Then::kSilent}; });
  for (std::uint64_t i = 0; i < 5; ++i) subrequests_.Start(i, Ask(application_.url()), kPatience);
  std::vector<Subrequests::Outcome> finished;
  subrequests_.Run(finished);
  EXPECT_EQ(subrequests_.under_way(), 5u);
}

TEST_F(SubrequestsTest, TheBellEndsAWait) {
  application_.Answer([](const std::string&) { return Reply{.bytes = "", .then = Then::kSilent}; });
  subrequests_.Start(1, Ask(application_.url()), Millis(600'000));
  bell_.Ring();
  const MonoTime before = MonotonicNow();
  subrequests_.Wait(bell_.descriptor(), Millis(60'000));
  EXPECT_LT(MonotonicNow() - before, Millis(50'000));
  bell_.Silence();
}

}  // namespace
}  // namespace ringcast
