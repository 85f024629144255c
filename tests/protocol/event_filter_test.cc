#include "protocol/event_filter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "protocol/sse_encoder.h"

namespace ringcast {
namespace {

std::string Frame(std::string_view type, std::string_view data = "x") {
  const EventId id{1000, 1};
  const Event event{type, data};
  const FrameSize size = MeasureFrame(id, event);
  std::string frame(size.frame, '\0');
  EncodeFrame(id, event, size, frame.data());
  return frame;
}

TEST(EventFilter, WithoutTypesAllPass) {
  EXPECT_TRUE(EventFilter().passes_all());
  EXPECT_TRUE(EventFilter(std::vector<std::string>{}).Passes(Frame("anything")));
}

TEST(EventFilter, TheTypesThatAreNamedPass) {
  const EventFilter filter({"progress", "completed"});
  EXPECT_FALSE(filter.passes_all());
  EXPECT_TRUE(filter.Passes(Frame("progress")));
  EXPECT_TRUE(filter.Passes(Frame("completed", "")));
  for (const char* type :
       {"", "message", "Progress", "progres", "progress2", " progress", "progress completed"}) {
    EXPECT_FALSE(filter.Passes(Frame(type))) << type;
  }
}

TEST(EventFilter, WithoutATypeItIsAMessage) {
  const EventFilter filter({"message"});
  EXPECT_TRUE(filter.Passes(Frame("")));
  EXPECT_TRUE(filter.Passes(Frame("message")));
  EXPECT_FALSE(filter.Passes(Frame("other")));
}

TEST(EventFilter, TheServersOwnPassAlways) {
  const EventFilter filter({"progress"});
  EXPECT_TRUE(filter.Passes(Frame("gap")));
  EXPECT_TRUE(filter.Passes(Frame("end")));
}

// What looks like a field within the data is data.
TEST(EventFilter, OnlyTheTypesLineCounts) {
  const EventFilter filter({"progress"});
  EXPECT_FALSE(filter.Passes(Frame("", "event: progress")));
  EXPECT_FALSE(filter.Passes(Frame("other", "a\nevent: progress\n\nevent: progress")));
  EXPECT_TRUE(filter.Passes(Frame("progress", "event: other")));
}

TEST(TypeOfFrame, IsTheTypeThatWasPublished) {
  EXPECT_EQ(TypeOfFrame(Frame("")), "");
  EXPECT_EQ(TypeOfFrame(Frame("a: b")), "a: b");
  EXPECT_EQ(TypeOfFrame(Frame(std::string(255, 't'), std::string(100'000, 'd'))),
            std::string(255, 't'));
  EXPECT_EQ(TypeOfFrame("13\r\nevent: gap\ndata: x\n\n\r\n"), "gap") << "a block without an id";
}

}  // namespace
}  // namespace ringcast
