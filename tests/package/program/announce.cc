// Publishes one event and prints its id: announce SOCKET CHANNEL DATA.
#include <ringcast/publish.h>
#include <ringcast/publisher.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  ringcast::PublisherOptions options;
  options.socket_path = argv[1];
  options.on_result = [](const ringcast::PublishResult& result) {
    std::cout << (result.accepted ? result.id : result.reason) << '\n';
  };
  ringcast::Publisher publisher(options);
  if (publisher.Publish(argv[2], "", argv[3]) == 0 || !publisher.Flush()) {
    std::cerr << publisher.error() << '\n';
    return 1;
  }
  return publisher.accepted() == 1 ? 0 : 65;
}
