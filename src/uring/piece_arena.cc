#include "uring/piece_arena.h"

#include <sys/socket.h>
#include <sys/uio.h>

namespace ringcast {

PieceArena::PieceArena(std::size_t max_lists, std::size_t max_pieces)
    : max_lists_(max_lists),
      max_pieces_(max_pieces),
      lists_(new msghdr[max_lists]),
      pieces_(new iovec[max_pieces]) {}

PieceArena::~PieceArena() = default;

const msghdr* PieceArena::Add(std::span<const std::string_view> pieces) {
  if (!HasRoomFor(pieces.size())) return nullptr;
  iovec* const first = &pieces_[pieces_used_];
  for (std::string_view piece : pieces) {
    pieces_[pieces_used_++] = {const_cast<char*>(piece.data()), piece.size()};
  }
  msghdr& list = lists_[lists_used_++];
  list = msghdr{};
  list.msg_iov = first;
  list.msg_iovlen = pieces.size();
  return &list;
}

}  // namespace ringcast
