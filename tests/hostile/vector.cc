#include "hostile/vector.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "hostile/vector_ground.h"

namespace ringcast::test {

std::string Name(Surface surface) {
  switch (surface) {
    case Surface::kTcp:
      return "Tcp";
    case Surface::kUnix:
      return "Unix";
    case Surface::kPublish:
      return "Publish";
    case Surface::kRemote:
      return "Remote";
  }
  return {};
}

Expected&& Expected::Holding(std::string text) && {
  holding.push_back(std::move(text));
  return std::move(*this);
}

Expected&& Expected::Without(std::string text) && {
  without.push_back(std::move(text));
  return std::move(*this);
}

Expected&& Expected::Publishing(std::string data) && {
  published.push_back(std::move(data));
  return std::move(*this);
}

Expected&& Expected::ToHead() && {
  to_head = true;
  return std::move(*this);
}

Expected Refused(int status) { return Closes(status); }

Expected Closes(int status) {
  Expected expected;
  expected.statuses = {status};
  return expected;
}

Expected Streams() {
  Expected expected;
  expected.statuses = {200};
  expected.ending = Expected::Ending::kStream;
  return expected;
}

Expected Answers(std::vector<int> statuses) {
  Expected expected;
  expected.statuses = std::move(statuses);
  expected.ending = Expected::Ending::kGoesOn;
  return expected;
}

std::string TestName(const Vector& vector) {
  char row[16];
  std::snprintf(row, sizeof row, "Row%03d_", vector.row);
  return row + vector.name + "_" + Name(vector.surface);
}

std::ostream& operator<<(std::ostream& out, const Vector& vector) {
  return out << TestName(vector) << ", " << vector.bytes.size() << " bytes";
}

VectorTable& VectorTable::Everywhere(int row, const std::string& name, const std::string& bytes,
                                     const Expected& expected) {
  return Public(row, name, bytes, expected).Publish(row, name, bytes, expected);
}

VectorTable& VectorTable::Public(int row, const std::string& name, const std::string& bytes,
                                 const Expected& expected) {
  for (const Surface surface : {Surface::kTcp, Surface::kUnix}) {
    vectors_.push_back({row, name, surface, bytes, expected});
  }
  return *this;
}

VectorTable& VectorTable::Publish(int row, const std::string& name, const std::string& bytes,
                                  const Expected& expected) {
  vectors_.push_back({row, name, Surface::kPublish, bytes, expected});
  return *this;
}

VectorTable& VectorTable::AlsoFromOtherHosts() {
  constexpr std::string_view kHost = "\r\nHost: h\r\n";
  const std::string field = "Authorization: Bearer " + VectorGround::PublisherToken() + "\r\n";
  std::vector<Vector> remote;
  for (const Vector& vector : vectors_) {
    if (vector.surface != Surface::kPublish) continue;
    Vector copy = vector;
    copy.surface = Surface::kRemote;
    const auto holds_request = [&](const std::string& data) {
      return data.find("\nHost: h\n") != std::string::npos;  // line ends come out as LF
    };
    const auto& published = copy.expected.published;
    // A request in a body is data, and stays as it is.
    const bool first_only = std::any_of(published.begin(), published.end(), holds_request);
    for (std::size_t at = 0; (at = copy.bytes.find(kHost, at)) != std::string::npos;
         at += kHost.size()) {
      copy.bytes.insert(at + kHost.size(), field);
      if (first_only) break;
    }
    remote.push_back(std::move(copy));
  }
  vectors_.insert(vectors_.end(), remote.begin(), remote.end());
  return *this;
}

}  // namespace ringcast::test
