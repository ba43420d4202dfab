// Text lengths: one bar per bin, a line where texts were cut, none when nothing was.
#include "../report_cases.h"

namespace sonde::report {
namespace {

TEST(TokenLengths, MarksWhereTextsWereCut) {
  result::Result r = recorded_result();
  const Figure cut = *draw_figure("token_lengths", Reading(r));
  ASSERT_EQ(cut.series.size(), 2u);
  EXPECT_EQ(cut.series[1].data[0].x, 64);
  EXPECT_EQ(cut.series[0].data.size(), r.data.tokens.histogram.size());
  r.data.truncated = 0;
  EXPECT_EQ(draw_figure("token_lengths", Reading(r))->series.size(), 1u);
}

TEST(TokenLengths, IsAbsentWithoutHistogram) {
  result::Result r = recorded_result();
  r.data.tokens.histogram.clear();
  EXPECT_FALSE(draw_figure("token_lengths", Reading(r)).has_value());
}

}  // namespace
}  // namespace sonde::report
