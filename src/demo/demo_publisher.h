// Carries out what the demo page asks for, over HTTP on the publish socket: as any publisher, with
// the same checks, limits and back-pressure.
//
// Threads: Run() on a thread of its own.
#pragma once

#include <string>
#include <string_view>

#include "base/log_limiter.h"
#include "base/result.h"
#include "demo/demo_orders.h"

namespace ringcast {

class DemoPublisher {
 public:
  DemoPublisher(DemoOrders& orders, std::string publish_socket);

  // Until the orders have ended. What fails is told in the log, now and then.
  void Run();

 private:
  Status Carry(const DemoOrder& order);
  Status Exchange(std::string_view request);

  DemoOrders& orders_;
  const std::string publish_socket_;
  LogLimiter failures_{1, std::chrono::seconds(10)};
};

}  // namespace ringcast
