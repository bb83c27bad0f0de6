//===- CsvTest.cpp --------------------------------------------------------===//
//
// Part of the Ashlar project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ashlar/Planner/Planner.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include <random>

using namespace ashlar::planner;
using testing::HasSubstr;

static std::string errorOf(std::string_view text) {
  std::string error;
  return parseCsv(text, error) ? "accepted" : error;
}

TEST(Csv, ReadsAllColumnsInAnyOrder) {
  std::string error;
  std::optional<Problem> problem =
      parseCsv("size,upper,id,lower,gaps,alignment,offset\r\n"
               "16, 9, x y, -2, -1-3 5-6, 8, 24\r\n"
               "\n"
               "4,1,z,0,,,\n",
               error);
  ASSERT_TRUE(problem.has_value()) << error;
  ASSERT_EQ(problem->buffers.size(), 2u);
  const Buffer &x = problem->buffers[0], &z = problem->buffers[1];
  EXPECT_EQ(x.id, "x y");
  EXPECT_EQ(x.live.lower, -2);
  EXPECT_EQ(x.live.upper, 9);
  EXPECT_EQ(x.size, 16u);
  EXPECT_EQ(x.alignment, 8u);
  EXPECT_EQ(x.fixedOffset, 24u);
  ASSERT_EQ(x.gaps.size(), 2u);
  EXPECT_EQ(x.gaps[0].lower, -1);
  EXPECT_EQ(x.gaps[0].upper, 3);
  EXPECT_EQ(z.alignment, 1u);
  EXPECT_FALSE(z.fixedOffset.has_value());
}

TEST(Csv, PrintedPlansReadBackAsFixedProblems) {
  std::string error;
  std::optional<Problem> problem = parseCsv(
      "id,lower,upper,size,gaps,alignment\na,0,9,16,2-4,8\nb,0,9,3,,1\n",
      error);
  ASSERT_TRUE(problem.has_value()) << error;
  problem->capacity = 100;
  Plan first = plan(*problem);
  std::string text = printCsv(*problem, first);
  EXPECT_THAT(text, HasSubstr("id,lower,upper,size,alignment,gaps,offset\n"));
  std::optional<Problem> again = parseCsv(text, error);
  ASSERT_TRUE(again.has_value()) << error;
  again->capacity = 100;
  EXPECT_EQ(plan(*again).offsets, first.offsets);
  EXPECT_EQ(printCsv(*again, first), text);
}

TEST(Csv, RefusalsNameLineAndReason) {
  EXPECT_EQ(errorOf(""), "line 1: expected a header: id,lower,upper,size");
  EXPECT_THAT(errorOf("id,lower,upper\n"),
              HasSubstr("line 1: missing column 'size'"));
  EXPECT_THAT(errorOf("id,lower,upper,size,colour\n"),
              HasSubstr("line 1: unknown column 'colour'; there are id, lower, "
                        "upper, size, alignment, offset, gaps"));
  EXPECT_THAT(errorOf("id,lower,upper,size,id\n"),
              HasSubstr("duplicate column 'id'"));
  const std::string header = "id,lower,upper,size\n";
  EXPECT_EQ(errorOf(header + "a,0,1\n"), "line 2: expected 4 cells, found 3");
  EXPECT_EQ(errorOf(header + "a,0,1,x\n"),
            "line 2: expected a number for 'size', found 'x'");
  EXPECT_EQ(errorOf(header + "a,0,1,-4\n"),
            "line 2: expected a number for 'size', found '-4'");
  EXPECT_EQ(
      errorOf(header + "a,0,1,99999999999999999999\n"),
      "line 2: expected a number for 'size', found '99999999999999999999'");
  EXPECT_EQ(errorOf(header + "a,5,5,4\n"),
            "line 2: buffer 'a': empty live range [5, 5)");
  EXPECT_EQ(errorOf(header + ",0,1,4\n"), "line 2: expected an id");
  EXPECT_EQ(errorOf(header + "\na,0,1,4\na,0,1,4\n"),
            "line 4: duplicate id 'a'");
  EXPECT_THAT(errorOf("id,lower,upper,size,gaps\na,0,9,1,4\n"),
              HasSubstr("expected gaps such as '3-7', found '4'"));
  EXPECT_THAT(errorOf("id,lower,upper,size,offset\na,0,9,8,0\nb,0,9,8,4\n"),
              HasSubstr("fixed offsets overlap"));
}

TEST(Csv, DamagedFilesNeverCrash) {
  std::mt19937 rng(6);
  const std::string good = "id,lower,upper,size,alignment,offset,gaps\n"
                           "a,0,9,16,8,0,2-4\nb,-3,12,3,1,,\nc,2,3,5,2,32,\n";
  unsigned accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    std::string text = good;
    for (unsigned i = 0, e = rng() % 4 + 1; i < e; ++i) {
      size_t at = rng() % text.size();
      if (rng() % 2)
        text[at] = char(rng() % 256);
      else
        text.insert(at, text.substr(rng() % text.size(), rng() % 12));
    }
    std::string error;
    std::optional<Problem> problem = parseCsv(text, error);
    if (!problem) {
      EXPECT_FALSE(error.empty());
      continue;
    }
    ++accepted;
    problem->capacity = 1000;
    Options options;
    options.budget = 1000;
    Plan result = plan(*problem, options);
    EXPECT_EQ(validatePlan(*problem, result), std::nullopt);
  }
  EXPECT_GT(accepted, 0u);
}
