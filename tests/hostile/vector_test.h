// Tests that are made of a table of vectors: one test for each, which fires it in every split and
// judges each answer.
//
//   INSTANTIATE_TEST_SUITE_P(Header, VectorTest, ::testing::ValuesIn(Table()), VectorName);
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "hostile/vector.h"

namespace ringcast::test {

class VectorTest : public ::testing::TestWithParam<Vector> {};

inline std::string VectorName(const ::testing::TestParamInfo<Vector>& info) {
  return TestName(info.param);
}

}  // namespace ringcast::test
