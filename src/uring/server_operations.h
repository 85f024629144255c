// All that a server's ring does, by operation: what RingOptions::server_only allows, and what a
// trial asks the kernel for. Connect is how a connection is aborted.
//
// Threads: any; the table is constant.
// Invariants: an operation that a loop prepares on a restricted ring stands here, or the kernel
// refuses it.
#pragma once

#include <liburing.h>

#include <array>
#include <cstdint>
#include <string_view>

namespace ringcast {

struct ServerOperation {
  std::uint8_t opcode;
  std::string_view name;
  std::string_view since;  // the first Linux with it
};

inline constexpr std::array kServerOperations = {
    ServerOperation{IORING_OP_ACCEPT, "ACCEPT", "5.5"},
    ServerOperation{IORING_OP_RECV, "RECV", "5.6"},
    ServerOperation{IORING_OP_SEND, "SEND", "5.6"},
    ServerOperation{IORING_OP_SENDMSG, "SENDMSG", "5.3"},
    ServerOperation{IORING_OP_POLL_ADD, "POLL_ADD", "5.1"},
    ServerOperation{IORING_OP_CONNECT, "CONNECT", "5.5"},
    ServerOperation{IORING_OP_CLOSE, "CLOSE", "5.6"},
    ServerOperation{IORING_OP_SHUTDOWN, "SHUTDOWN", "5.11"},
    ServerOperation{IORING_OP_MSG_RING, "MSG_RING", "5.18"},
    ServerOperation{IORING_OP_ASYNC_CANCEL, "ASYNC_CANCEL", "5.5"}};

}  // namespace ringcast
