#include "client/pub_command.h"

#include <gtest/gtest.h>
#include <sysexits.h>

#include <optional>
#include <string>
#include <thread>

#include "client/fake_publish_server.h"
#include "client/pipe.h"
#include "support/temp_dir.h"

namespace ringcast {
namespace {

using test::FakePublishServer;
using test::Pipe;
using test::TempDir;

class PubCommandTest : public testing::Test {
 protected:
  PubOptions Options() {
    PubOptions options;
    options.publish_socket = path_;
    options.channel = "a";
    options.input = input_.read_end();
    options.output = output_.write_end();
    options.errors = errors_.write_end();
    options.connect_timeout_ms = 30;
    return options;
  }

  // Runs with `input` to be read, and fills out_ and err_.
  int Run(const PubOptions& options, const std::string& input = "") {
    std::thread writer([&] {
      input_.Write(input);
      input_.CloseWrite();
    });
    std::thread reader([&] { out_ = ReadUntilClosed(output_); });
    const int code = RunPub(options);
    writer.join();
    output_.CloseWrite();
    reader.join();
    err_ = errors_.ReadAll();
    return code;
  }

  static std::string ReadUntilClosed(Pipe& pipe) {
    std::string all;
    char buffer[4096];
    for (ssize_t count; (count = read(pipe.read_end(), buffer, sizeof buffer)) > 0;) {
      all.append(buffer, static_cast<std::size_t>(count));
    }
    return all;
  }

  TempDir dir_;
  const std::string path_ = dir_.File("p.sock");
  Pipe input_;
  Pipe output_;
  Pipe errors_;
  std::string out_;
  std::string err_;
};

TEST_F(PubCommandTest, PublishesItsArgument) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.type = "tick";
  options.data = "hello\nworld";
  EXPECT_EQ(Run(options), EX_OK);
  EXPECT_EQ(out_, "1-1\n");
  EXPECT_EQ(err_, "");
  server.Stop();
  ASSERT_EQ(server.frames().size(), 1u);
  EXPECT_EQ(server.frames()[0].channel, "a");
  EXPECT_EQ(server.frames()[0].type, "tick");
  EXPECT_EQ(server.frames()[0].data, "hello\nworld");
}

TEST_F(PubCommandTest, PublishesEachLine) {
  for (const bool dash : {false, true}) {
    SCOPED_TRACE(dash);
    unlink(path_.c_str());
    FakePublishServer server(path_, {});
    Pipe input;
    Pipe output;
    PubOptions options = Options();
    options.input = input.read_end();
    options.output = output.write_end();
    if (dash) options.data = "-";
    input.Write("one\ntwo\r\n\nlast");
    input.CloseWrite();
    EXPECT_EQ(RunPub(options), EX_OK);
    EXPECT_EQ(output.ReadAll(), "1-1\n1-2\n1-3\n1-4\n");
    server.Stop();
    ASSERT_EQ(server.frames().size(), 4u);
    EXPECT_EQ(server.frames()[0].data, "one");
    EXPECT_EQ(server.frames()[1].data, "two\r");
    EXPECT_EQ(server.frames()[2].data, "");
    EXPECT_EQ(server.frames()[3].data, "last");
  }
}

TEST_F(PubCommandTest, DoesNotHoldASlowInputBack) {
  FakePublishServer server(path_, {});
  int code = -1;
  std::thread command([&] { code = RunPub(Options()); });
  // Each id is there before the next line is written.
  for (const char* const id : {"1-1", "1-2", "1-3"}) {
    input_.Write("line\n");
    EXPECT_EQ(output_.ReadLine(), id);
  }
  input_.CloseWrite();
  command.join();
  EXPECT_EQ(code, EX_OK);
}

TEST_F(PubCommandTest, PublishesManyLinesInOrder) {
  FakePublishServer server(path_, {});
  std::string input;
  std::string expected;
  constexpr int kLines = 50'000;
  for (int i = 1; i <= kLines; ++i) {
    input += "line " + std::to_string(i) + "\n";
    expected += "1-" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(Run(Options(), input), EX_OK);
  EXPECT_TRUE(out_ == expected);
  server.Stop();
  ASSERT_EQ(server.frames().size(), static_cast<std::size_t>(kLines));
  for (int i = 0; i < kLines; ++i) {
    ASSERT_EQ(server.frames()[static_cast<std::size_t>(i)].data, "line " + std::to_string(i + 1));
  }
}

TEST_F(PubCommandTest, ReadsNdjson) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.channel = "";
  options.ndjson = true;
  EXPECT_EQ(Run(options,
                "{\"channel\":\"b\",\"event\":\"t\",\"data\":{\"x\": 1.0}}\r\n\n"
                "{\"channel\":\"c\",\"data\":\"text\"}"),
            EX_OK);
  EXPECT_EQ(out_, "1-1\n1-2\n");
  server.Stop();
  ASSERT_EQ(server.frames().size(), 2u);
  EXPECT_EQ(server.frames()[0].channel, "b");
  EXPECT_EQ(server.frames()[0].type, "t");
  EXPECT_EQ(server.frames()[0].data, "{\"x\":1.0}");
  EXPECT_EQ(server.frames()[1].data, "text");
}

TEST_F(PubCommandTest, GivesTheEventItsKey) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.data = "x";
  options.idempotency_key = "order-1";
  EXPECT_EQ(Run(options), EX_OK);
  server.Stop();
  ASSERT_EQ(server.frames().size(), 1u);
  EXPECT_EQ(server.frames()[0].key, "order-1");
}

TEST_F(PubCommandTest, GivesEachLineAKeyOfItsOwn) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.idempotency_key = "import";
  EXPECT_EQ(Run(options, "x\ny\n"), EX_OK);
  server.Stop();
  ASSERT_EQ(server.frames().size(), 2u);
  EXPECT_EQ(server.frames()[0].key, "import-1");
  EXPECT_EQ(server.frames()[1].key, "import-2");
}

TEST_F(PubCommandTest, ReadsKeysOfNdjson) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.channel = "";
  options.ndjson = true;
  EXPECT_EQ(Run(options,
                "{\"channel\":\"b\",\"key\":\"k\",\"data\":1}\n"
                "{\"channel\":\"b\",\"key\":\"no key\",\"data\":2}\n"
                "{\"channel\":\"b\",\"data\":3}\n"),
            EX_DATAERR);
  EXPECT_NE(err_.find("line 2 refused: an idempotency key has"), std::string::npos) << err_;
  server.Stop();
  ASSERT_EQ(server.frames().size(), 2u);
  EXPECT_EQ(server.frames()[0].key, "k");
  EXPECT_EQ(server.frames()[1].key, "");
}

TEST_F(PubCommandTest, RefusesAKeyThatIsNone) {
  PubOptions options = Options();
  options.data = "x";
  options.idempotency_key = "a b";
  EXPECT_EQ(Run(options), EX_DATAERR) << "no server is asked";
  EXPECT_NE(err_.find("the idempotency key must have 1 to 128 visible"), std::string::npos) << err_;
}

TEST_F(PubCommandTest, RefusesAKeyThatHasNoRoomForTheLinesNumber) {
  PubOptions options = Options();
  options.idempotency_key = std::string(108, 'k');
  EXPECT_EQ(Run(options, "x\n"), EX_DATAERR);
  EXPECT_NE(err_.find("the idempotency key must have 1 to 107 visible"), std::string::npos) << err_;
}

// Refused events are told with their line, and the others go through.
TEST_F(PubCommandTest, TellsWhichLineWasRefused) {
  FakePublishServer server(path_, {{.max_data = 10}});
  PubOptions options = Options();
  options.channel = "";
  options.ndjson = true;
  EXPECT_EQ(Run(options,
                "{\"channel\":\"a\",\"data\":\"1\"}\n"
                "not json\n"
                "{\"channel\":\"a b\",\"data\":\"3\"}\n"
                "\n"
                "{\"channel\":\"a\",\"data\":\"longer than ten\"}\n"
                "{\"channel\":\"a\",\"event\":\"a\\nb\",\"data\":\"6\"}\n"
                "{\"channel\":\"a\",\"data\":\"7\"}\n"),
            EX_DATAERR);
  EXPECT_EQ(out_, "1-1\n1-2\n");
  EXPECT_EQ(err_.find("line 1 "), std::string::npos) << err_;
  EXPECT_NE(err_.find("line 2 refused: column 2: this is not JSON"), std::string::npos) << err_;
  EXPECT_NE(err_.find("line 3 refused: the channel name"), std::string::npos) << err_;
  EXPECT_NE(err_.find("line 5 refused: the data is larger"), std::string::npos) << err_;
  EXPECT_NE(err_.find("line 6 refused: the event type"), std::string::npos) << err_;
  EXPECT_EQ(err_.find("line 7"), std::string::npos) << err_;
}

TEST_F(PubCommandTest, RefusesABadChannelAndData) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.data = "\xFF";
  EXPECT_EQ(Run(options), EX_DATAERR);
  EXPECT_EQ(out_, "");
  EXPECT_NE(err_.find("refused: the data is not valid UTF-8"), std::string::npos) << err_;
}

TEST_F(PubCommandTest, RefusesABadChannel) {
  PubOptions options = Options();
  options.channel = "a//b";
  options.data = "x";
  EXPECT_EQ(Run(options), EX_DATAERR);
  EXPECT_NE(err_.find("the channel name"), std::string::npos) << err_;
}

TEST_F(PubCommandTest, SaysThatNoServerIsThere) {
  PubOptions options = Options();
  options.data = "x";
  EXPECT_EQ(Run(options), EX_UNAVAILABLE);
  EXPECT_EQ(out_, "");
  EXPECT_NE(err_.find(path_), std::string::npos) << err_;
}

TEST_F(PubCommandTest, GoesOnWhenTheServerComesBack) {
  FakePublishServer server(path_, {{.frames = 2, .unanswered = 1}});
  EXPECT_EQ(Run(Options(), "1\n2\n3\n"), EX_OK);
  EXPECT_EQ(out_, "1-1\n1-2\n1-3\n");
}

TEST_F(PubCommandTest, TellsAFailedWrite) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.output = -1;
  options.data = "x";
  EXPECT_EQ(Run(options), EX_IOERR);
}

TEST_F(PubCommandTest, PrintsNothingWhenQuiet) {
  FakePublishServer server(path_, {});
  PubOptions options = Options();
  options.quiet = true;
  EXPECT_EQ(Run(options, "1\n2\n"), EX_OK);
  EXPECT_EQ(out_, "");
  server.Stop();
  EXPECT_EQ(server.frames().size(), 2u);
}

}  // namespace
}  // namespace ringcast
