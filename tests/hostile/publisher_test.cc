// Row 93: publishers that die at any byte of what they send.
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "hostile/vector_ground.h"
#include "integration/must.h"
#include "integration/raw_publisher.h"
#include "integration/request_text.h"
#include "support/unread_bytes.h"

namespace ringcast::test {
namespace {

constexpr std::chrono::seconds kPatience{15};

// Sends each beginning of the bytes, waits until it has been read, and goes away.
void DieAtEveryByte(const std::string& bytes, Surface surface = Surface::kPublish) {
  VectorGround& ground = VectorGround::Get();
  std::size_t executions = 0;
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    SCOPED_TRACE("after " + std::to_string(size) + " of " + std::to_string(bytes.size()) +
                 " bytes");
    HttpClient client = ground.Connect(surface);
    Must(client.Send(std::string_view(bytes).substr(0, size), kPatience));
    Must(WaitUntilRead(client.fd(), kPatience));
    if (size % 2 == 0) client.HalfClose();  // and without a word on every other
    client.Close();
    ++executions;
  }
  ground.ExpectNothingElsePublished();
  ground.Count(executions);
}

TEST(PublisherVectorTest, Row093_DiesWithinARequest) {
  DieAtEveryByte(Post("Content-Length: 5\r\n\r\nhello"));
}

TEST(PublisherVectorTest, Row093_DiesWithinARequestFromAnotherHost) {
  const std::string bearer = "Authorization: Bearer " + VectorGround::PublisherToken() + "\r\n";
  DieAtEveryByte(Post(bearer + "Content-Length: 5\r\n\r\nhello"), Surface::kRemote);
  DieAtEveryByte(Post(bearer + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
                 Surface::kRemote);
}

TEST(PublisherVectorTest, Row093_DiesWithinAChunkedRequest) {
  DieAtEveryByte(Chunked("5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n"));
}

TEST(PublisherVectorTest, Row093_DiesWithinABatch) {
  const std::string line = R"({"channel":"a","data":"x"})"
                           "\n";
  DieAtEveryByte("POST /publish HTTP/1.1\r\nHost: h\r\nContent-Length: " +
                 std::to_string(2 * line.size()) + "\r\n\r\n" + line + line);
}

TEST(PublisherVectorTest, Row093_DiesWithinAFrame) {
  DieAtEveryByte(RawPublisher::Hello() + RawPublisher::Frame(1, "a", "type", "data"));
}

}  // namespace
}  // namespace ringcast::test
