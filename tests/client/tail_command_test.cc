#include "client/tail_command.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <string>

#include "client/pipe.h"
#include "client/script_server.h"
#include "support/temp_dir.h"

namespace ringcast {
namespace {

using test::Pipe;
using test::ScriptServer;
using test::StreamHead;

const std::string kStream = StreamHead() +
                            "id: 1-0\nevent: connected\nretry: 1\ndata: {\"start\":\"live\"}\n\n"
                            "id: 1-1\ndata: one\n\n"
                            "event: gap\ndata: {\"channel\":\"a\"}\n\n"
                            "id: 1-2\nevent: t\ndata: two\ndata: \"lines\"\n\n"
                            "id: 1-3\ndata: three\n\n";

class TailCommandTest : public testing::Test {
 protected:
  int Run(TailOptions options, std::vector<ScriptServer::Script> scripts) {
    ScriptServer server(ScriptServer::Family::kIpv4, std::move(scripts));
    options.server = "http://127.0.0.1:" + std::to_string(server.port());
    options.output = output_.write_end();
    options.errors = errors_.write_end();
    const int code = RunTail(options);
    server.Stop();
    for (const std::string& request : server.requests()) {
      targets_.push_back(request.substr(4, request.find(" HTTP") - 4));
      requests_.push_back(request);
    }
    out_ = output_.ReadAll();
    err_ = errors_.ReadAll();
    return code;
  }

  Pipe output_;
  Pipe errors_;
  std::string out_;
  std::string err_;
  std::vector<std::string> targets_;
  std::vector<std::string> requests_;
};

TEST_F(TailCommandTest, PrintsData) {
  EXPECT_EQ(Run({.targets = {"a"}}, {{{kStream}}}), EX_OK);
  EXPECT_EQ(out_, "one\ntwo\n\"lines\"\nthree\n");
  EXPECT_NE(err_.find("connected {\"start\":\"live\"}"), std::string::npos) << err_;
  EXPECT_NE(err_.find("gap {\"channel\":\"a\"}"), std::string::npos) << err_;
  EXPECT_EQ(targets_[0], "/events?channel=a");
}

TEST_F(TailCommandTest, PrintsJson) {
  EXPECT_EQ(Run({.targets = {"a"}, .count = 2, .json = true}, {{{kStream}, true}}), EX_OK);
  EXPECT_EQ(out_, R"({"channel":"a","id":"1-0","event":"connected","data":"{\"start\":\"live\"}"})"
                  "\n"
                  R"({"channel":"a","id":"1-1","event":"message","data":"one"})"
                  "\n"
                  R"({"channel":"a","id":"1-1","event":"gap","data":"{\"channel\":\"a\"}"})"
                  "\n"
                  R"({"channel":"a","id":"1-2","event":"t","data":"two\n\"lines\""})"
                  "\n");
}

TEST_F(TailCommandTest, StopsAfterCount) {
  EXPECT_EQ(Run({.targets = {"a"}, .count = 1}, {{{kStream}, true}}), EX_OK);
  EXPECT_EQ(out_, "one\n");
}

TEST_F(TailCommandTest, FollowsManyChannelsAndResumes) {
  EXPECT_EQ(Run({.targets = {"a/b", "c+d=e"}, .from = "1-0", .count = 1, .json = true},
                {{{StreamHead() + "id: 1-1\ndata: x\n\n"}, true}}),
            EX_OK);
  EXPECT_EQ(out_, "{\"id\":\"1-1\",\"event\":\"message\",\"data\":\"x\"}\n");
  EXPECT_EQ(targets_[0], "/events?channel=a/b&channel=c%2Bd%3De");
  EXPECT_NE(requests_[0].find("Last-Event-ID: 1-0\r\n"), std::string::npos);
}

TEST_F(TailCommandTest, FollowsAUrl) {
  const test::TempDir dir;
  ScriptServer server(dir.File("s.sock"), {{{kStream}, true}});
  TailOptions options{.targets = {"unix:" + dir.File("s.sock") + ":/x?y=z"}, .count = 3};
  options.output = output_.write_end();
  options.errors = errors_.write_end();
  EXPECT_EQ(RunTail(options), EX_OK);
  EXPECT_EQ(output_.ReadAll(), "one\ntwo\n\"lines\"\nthree\n");
  server.Stop();
  EXPECT_EQ(server.requests()[0].substr(0, 24), "GET /x?y=z HTTP/1.1\r\nHos");
}

TEST_F(TailCommandTest, RefusesTargetsThatMakeNoStream) {
  for (const std::vector<std::string>& targets :
       std::vector<std::vector<std::string>>{{},
                                             {"a//b"},
                                             {"a", "http://h/"},
                                             {"http://h/", "a"},
                                             {"https://h/"},
                                             std::vector<std::string>(65, "a")}) {
    TailOptions options{.targets = targets};
    options.output = output_.write_end();
    options.errors = errors_.write_end();
    EXPECT_EQ(RunTail(options), EX_USAGE);
  }
  TailOptions options{.targets = {"a"}, .from = "yesterday"};
  options.output = output_.write_end();
  options.errors = errors_.write_end();
  EXPECT_EQ(RunTail(options), EX_USAGE);
}

TEST_F(TailCommandTest, SaysWhyTheServerRefuses) {
  EXPECT_EQ(Run({.targets = {"a"}}, {{{"HTTP/1.1 403 Forbidden\r\n\r\n"}}}), EX_UNAVAILABLE);
  EXPECT_NE(err_.find("403"), std::string::npos) << err_;
}

TEST_F(TailCommandTest, TellsAFailedWrite) {
  ScriptServer server(ScriptServer::Family::kIpv4, {{{kStream}, true}});
  TailOptions options{.targets = {"a"}};
  options.server = "http://127.0.0.1:" + std::to_string(server.port());
  options.output = -1;
  options.errors = errors_.write_end();
  EXPECT_EQ(RunTail(options), EX_IOERR);
}

}  // namespace
}  // namespace ringcast
