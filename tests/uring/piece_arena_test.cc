#include "uring/piece_arena.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <string>
#include <vector>

namespace ringcast {
namespace {

std::string Joined(const msghdr& list) {
  std::string text;
  for (std::size_t i = 0; i < list.msg_iovlen; ++i) {
    text.append(static_cast<const char*>(list.msg_iov[i].iov_base), list.msg_iov[i].iov_len);
  }
  return text;
}

TEST(PieceArena, NamesThePiecesWithoutCopyingThem) {
  PieceArena arena(2, 4);
  const std::string shared = "shared bytes";
  const std::array<std::string_view, 2> pieces = {std::string_view(shared).substr(0, 6),
                                                  std::string_view(shared).substr(6)};
  const msghdr* list = arena.Add(pieces);
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(list->msg_iovlen, 2u);
  EXPECT_EQ(list->msg_iov[0].iov_base, shared.data());
  EXPECT_EQ(Joined(*list), shared);
  EXPECT_EQ(list->msg_name, nullptr);
  EXPECT_EQ(list->msg_controllen, 0u);
}

TEST(PieceArena, ListsStayWhileOthersAreAdded) {
  constexpr std::size_t kLists = 100;
  PieceArena arena(kLists, kLists * 3);
  std::vector<std::string> texts;
  std::vector<const msghdr*> lists;
  for (std::size_t i = 0; i < kLists; ++i) texts.push_back("list " + std::to_string(i));
  for (const std::string& text : texts) {
    const std::string_view view = text;
    const std::array<std::string_view, 3> pieces = {view.substr(0, 1), view.substr(1, 3),
                                                    view.substr(4)};
    lists.push_back(arena.Add(pieces));
    ASSERT_NE(lists.back(), nullptr);
  }
  for (std::size_t i = 0; i < kLists; ++i) EXPECT_EQ(Joined(*lists[i]), texts[i]);
  EXPECT_EQ(arena.Add(std::array<std::string_view, 1>{"more"}), nullptr);
}

TEST(PieceArena, RefusesWhatDoesNotFitAndStaysUsable) {
  PieceArena arena(10, 3);
  const std::array<std::string_view, 2> two = {"a", "b"};
  EXPECT_TRUE(arena.HasRoomFor(3));
  EXPECT_FALSE(arena.HasRoomFor(4));
  EXPECT_NE(arena.Add(two), nullptr);
  EXPECT_FALSE(arena.HasRoomFor(2));
  EXPECT_EQ(arena.Add(two), nullptr);
  EXPECT_TRUE(arena.HasRoomFor(1));
  arena.Reset();
  EXPECT_TRUE(arena.HasRoomFor(3));
  const msghdr* list = arena.Add(two);
  ASSERT_NE(list, nullptr);
  EXPECT_EQ(Joined(*list), "ab");
}

TEST(PieceArena, IsBoundedByListsAsWell) {
  PieceArena arena(1, 100);
  EXPECT_NE(arena.Add(std::array<std::string_view, 1>{"a"}), nullptr);
  EXPECT_FALSE(arena.HasRoomFor(1));
}

}  // namespace
}  // namespace ringcast
