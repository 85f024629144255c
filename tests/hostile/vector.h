// A hostile input and what must come of it, as a plain value, and the tables that tests make of
// them. The number is that of the row in rows.md.
//
// Threads: plain values.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

namespace ringcast::test {

// Where an input is fired at.
enum class Surface : std::uint8_t {
  kTcp,      // the public listener, over TCP
  kUnix,     // the public listener, over a UNIX socket
  kPublish,  // the publish socket
  kRemote,   // the listener for publishers on other hosts
};
std::string Name(Surface surface);

// What must come back. The answers are those in `statuses`, in this order and no other.
struct Expected {
  enum class Ending : std::uint8_t {
    kClosed,  // the last answer says `Connection: close`, and the server closes behind it
    kStream,  // the last answer is an event stream, which begins with `connected`
    kGoesOn,  // the connection answers a further request
  };

  std::vector<int> statuses;
  Ending ending = Ending::kClosed;
  bool to_head = false;              // answers to HEAD have no body
  std::vector<std::string> holding;  // occur in the last answer (of a stream: in what it begins
                                     // with)
  std::vector<std::string> without;  // do not
  // Data of the events that come of it, on channel `a`: all alike, since connections run together.
  std::vector<std::string> published;

  Expected&& Holding(std::string text) &&;
  Expected&& Without(std::string text) &&;
  Expected&& Publishing(std::string data) &&;
  Expected&& ToHead() &&;
};

Expected Refused(int status);  // an error, and the end
Expected Closes(int status);   // the same of an answer that is no error
Expected Streams();            // 200 and an event stream
Expected Answers(std::vector<int> statuses);

struct Vector {
  int row = 0;
  std::string name;  // in CamelCase, unique within its row
  Surface surface = Surface::kTcp;
  std::string bytes;
  Expected expected;
};
std::ostream& operator<<(std::ostream& out, const Vector& vector);

// "Row040_LengthPlus5_Publish".
std::string TestName(const Vector& vector);

// A table that is filled row by row. A vector that concerns several surfaces becomes one of each.
class VectorTable {
 public:
  VectorTable& Everywhere(int row, const std::string& name, const std::string& bytes,
                          const Expected& expected);
  VectorTable& Public(int row, const std::string& name, const std::string& bytes,
                      const Expected& expected);
  VectorTable& Publish(int row, const std::string& name, const std::string& bytes,
                       const Expected& expected);
  // Fires all that is for the publish socket at the listener for other hosts as well, with a good
  // token behind each Host field.
  VectorTable& AlsoFromOtherHosts();
  const std::vector<Vector>& vectors() const { return vectors_; }

 private:
  std::vector<Vector> vectors_;
};

}  // namespace ringcast::test
