// Room for the scatter lists of one submission: each list names pieces of shared memory that go out
// in one send. Lists live until Reset(), which is called when the submission has returned.
//
// Threads: the ring's thread.
// Invariants: a list never moves while it lives; Add() fails, rather than grow, when there is no
// room.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct msghdr;
struct iovec;

namespace ringcast {

class PieceArena {
 public:
  PieceArena(std::size_t max_lists, std::size_t max_pieces);
  ~PieceArena();
  PieceArena(const PieceArena&) = delete;
  PieceArena& operator=(const PieceArena&) = delete;

  // nullptr when the arena is full.
  const msghdr* Add(std::span<const std::string_view> pieces);
  bool HasRoomFor(std::size_t pieces) const {
    return lists_used_ < max_lists_ && pieces_used_ + pieces <= max_pieces_;
  }
  void Reset() { lists_used_ = pieces_used_ = 0; }

 private:
  const std::size_t max_lists_;
  const std::size_t max_pieces_;
  std::size_t lists_used_ = 0;
  std::size_t pieces_used_ = 0;
  std::unique_ptr<msghdr[]> lists_;
  std::unique_ptr<iovec[]> pieces_;
};

}  // namespace ringcast
