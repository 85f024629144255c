// BullMQ's own queue and worker, and nothing of the application's between them and a browser.
#include <algorithm>
#include <map>

#include "redis/redis_test.h"

namespace ringcast::test {
namespace {

class BullmqTest : public RedisTest {
 protected:
  void RunJobs(const std::string& queue) {
    ProcessOptions options;
    options.argv = {"node", RINGCAST_BULLMQ_JOBS, redis().socket(), queue};
    const std::unique_ptr<Process> node = Must(Process::Start(options));
    Must(node->WaitForStdout("done", 60s));
    EXPECT_EQ(Must(node->Wait(60s)).code, 0) << node->stderr_text();
  }
  // The events of a stream up to one of these types.
  static std::vector<SseEvent> UpTo(Stream& stream, const std::vector<std::string>& last) {
    std::vector<SseEvent> events;
    do {
      events.push_back(stream.Next(60s));
    } while (std::find(last.begin(), last.end(), events.back().type) == last.end());
    return events;
  }
};

std::vector<std::string> Types(const std::vector<SseEvent>& events) {
  std::vector<std::string> types;
  for (const SseEvent& event : events) types.push_back(event.type);
  return types;
}

TEST_F(BullmqTest, AJobIsFollowedFromItsBeginningToItsEnd) {
  StartWithRules("[[redis.bullmq]]\n");
  Stream one = Follow("/events/bull:paper:p1");
  Stream bad = Follow("/events/bull:paper:bad");
  Stream queue = Follow("/events/bull:paper");
  RunJobs("paper");

  const std::vector<SseEvent> good = UpTo(one, {"completed"});
  EXPECT_EQ(Types(good), (std::vector<std::string>{"added", "waiting", "active", "progress",
                                                   "progress", "completed"}));
  const Json progress = Json::Parse(good[3].data);
  EXPECT_EQ(progress["jobId"].Text(), "p1");
  EXPECT_EQ(progress["data"]["percent"].Number(), 50u);
  EXPECT_EQ(Json::Parse(good[5].data)["returnvalue"]["pages"].Number(), 1u);

  const std::vector<SseEvent> failed = UpTo(bad, {"failed"});
  EXPECT_EQ(Json::Parse(failed.back().data)["failedReason"].Text(), "out of paper");

  // The queue's channel has them all, in the order of the stream.
  std::map<std::string, int> ended;
  while (ended["completed"] < 2 || ended["failed"] < 1) ++ended[queue.Next(60s).type];
  EXPECT_EQ(ended["progress"], 6);
  EXPECT_EQ(ended["active"], 3);
}

TEST_F(BullmqTest, QueuesAreFoundAndChannelsMayBeNamed) {
  StartWithRules(
      "[[redis.bullmq]]\nqueue = \"pa*\"\nchannel = \"job:{1}:{field.jobId}\"\n"
      "[[redis.bullmq]]\nqueue = \"ink\"\nchannel = \"ink-job/{field.jobId}\"\n");
  Stream paper = Follow("/events/job:per:p2");
  Stream ink = Follow("/events/ink-job/p2");
  RunJobs("paper");
  RunJobs("ink");
  RunJobs("other");
  EXPECT_EQ(UpTo(paper, {"completed"}).size(), 6u);
  EXPECT_EQ(UpTo(ink, {"completed"}).size(), 6u);
  EXPECT_EQ(SourceMetric("ringcast_redis_streams"), "2");
}

}  // namespace
}  // namespace ringcast::test
