// A doubly linked list whose links lie inside the elements and name them by index. A list itself is
// eight bytes, an element's membership eight more, and joining or leaving allocates nothing.
//
// An element that can be on several lists at once has one ListLink for each; an operation is told
// which by its accessor, `links(index) -> ListLink&`, for example
//   auto links = [&](std::uint32_t i) -> ListLink& { return connections[i].live_link; };
//
// Threads: one at a time, the elements included.
// Invariants: a link is {kNoIndex, kNoIndex} when its element is on no list (and when it is alone
// on one). Neighbours name one another; Remove() checks it, so an element taken off a list that it
// is not on ends the process in place of corrupting two lists.
#pragma once

#include <cstdint>

#include "base/check.h"
#include "base/index.h"

namespace ringcast {

struct ListLink {
  std::uint32_t prev = kNoIndex;
  std::uint32_t next = kNoIndex;
};

class IndexList {
 public:
  bool empty() const { return head_ == kNoIndex; }
  std::uint32_t front() const { return head_; }  // kNoIndex when empty
  std::uint32_t back() const { return tail_; }   // kNoIndex when empty

  // The element behind `index`, or kNoIndex. To remove while walking, take the next one first.
  // REQUIRES: index is on this list.
  template <class Links>
  std::uint32_t Next(Links&& links, std::uint32_t index) const {
    return links(index).next;
  }

  // REQUIRES: index is on no list through this link.
  template <class Links>
  void PushBack(Links&& links, std::uint32_t index) {
    ListLink& link = links(index);
    RequireUnlinked(link, index);
    link.prev = tail_;
    (tail_ == kNoIndex ? head_ : links(tail_).next) = index;
    tail_ = index;
  }

  // REQUIRES: index is on no list through this link.
  template <class Links>
  void PushFront(Links&& links, std::uint32_t index) {
    ListLink& link = links(index);
    RequireUnlinked(link, index);
    link.next = head_;
    (head_ == kNoIndex ? tail_ : links(head_).prev) = index;
    head_ = index;
  }

  // REQUIRES: index is on this list.
  template <class Links>
  void Remove(Links&& links, std::uint32_t index) {
    ListLink& link = links(index);
    std::uint32_t& from_prev = link.prev == kNoIndex ? head_ : links(link.prev).next;
    std::uint32_t& from_next = link.next == kNoIndex ? tail_ : links(link.next).prev;
    RC_CHECK(from_prev == index && from_next == index, "an element leaves the list that it is on");
    from_prev = link.next;
    from_next = link.prev;
    link = ListLink{};
  }

  // Takes the first element off and returns it, or kNoIndex when the list is empty.
  template <class Links>
  std::uint32_t PopFront(Links&& links) {
    const std::uint32_t index = head_;
    if (index != kNoIndex) Remove(links, index);
    return index;
  }

 private:
  // An element alone on another list looks the same as one on none: that case goes unseen here.
  void RequireUnlinked(const ListLink& link, std::uint32_t index) const {
    RC_CHECK(index != kNoIndex, "kNoIndex names no element");
    RC_CHECK(link.prev == kNoIndex && link.next == kNoIndex && head_ != index,
             "an element is on one list at a time through one link");
  }

  std::uint32_t head_ = kNoIndex;
  std::uint32_t tail_ = kNoIndex;
};

}  // namespace ringcast
