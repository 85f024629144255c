#include "gate/question.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

namespace ringcast {
namespace {

Question Make() {
  Question question;
  question.url = *ParseAuthUrl("http://127.0.0.1:3000/auth");
  question.method = "GET";
  question.original_uri = "/events/a";
  question.cookie = "session=1";
  question.authorization = "Bearer x";
  question.origin = "https://example.org";
  question.address = "192.0.2.1";
  question.channels = {"a", "b"};
  return question;
}

TEST(Question, EqualQuestionsHaveOneKey) { EXPECT_EQ(Make().Key(), Make().Key()); }

TEST(Question, WhateverDiffersMakesAnotherQuestion) {
  const std::vector<std::function<void(Question&)>> changes = {
      [](Question& q) { q.url = *ParseAuthUrl("http://127.0.0.1:3000/other"); },
      [](Question& q) { q.method = "POST"; },
      [](Question& q) { q.original_uri = "/events/a?x"; },
      [](Question& q) { q.cookie = "session=2"; },
      [](Question& q) { q.cookie.clear(); },
      [](Question& q) { q.authorization = "Bearer y"; },
      [](Question& q) { q.origin = "https://example.com"; },
      [](Question& q) { q.address = "192.0.2.2"; },
      [](Question& q) { q.channels = {"a"}; },
      [](Question& q) { q.channels = {"ab"}; },
      // A part that moves from one field to the next.
      [](Question& q) { q.cookie = "session=1Bearer", q.authorization = " x"; },
  };
  std::set<std::string> keys = {Make().Key()};
  for (const auto& change : changes) {
    Question question = Make();
    change(question);
    EXPECT_TRUE(keys.insert(question.Key()).second) << keys.size();
  }
}

}  // namespace
}  // namespace ringcast
