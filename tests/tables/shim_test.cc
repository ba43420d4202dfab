// The wall between Rust and C++: panics and errors arrive as codes with messages, buffers are given back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sonde_shim_cpp.h"

namespace sonde::shim {
namespace {

TEST(Shim, PanicsArriveAsErrorsAndPrintNothing) {
  for (const int in_worker : {0, 1}) {
    for (int repeat = 0; repeat < 20; ++repeat) {
      Failure failure;
      testing::internal::CaptureStderr();
      EXPECT_EQ(sonde_shim_force_panic(in_worker, failure.out()), SONDE_PANIC);
      EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
      EXPECT_TRUE(failure.is_panic());
      EXPECT_EQ(failure.code(), ErrorCode::input);
      EXPECT_EQ(failure.message(), in_worker == 0 ? "forced panic" : "forced panic in a worker");
    }
  }
}

TEST(Shim, ErrorsMayBeIgnoredAndFreedTwice) {
  EXPECT_EQ(sonde_shim_force_panic(0, nullptr), SONDE_PANIC);
  sonde_error error{};
  sonde_shim_force_panic(0, &error);
  sonde_shim_free_error(&error);
  sonde_shim_free_error(&error);
  EXPECT_EQ(error.message.data, nullptr);
}

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string picture(const std::string& inside) {
  return R"(<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">)" + inside + "</svg>";
}

// Source: PNG specification, 11.2.2 IHDR: width and height at bytes 16 and 20.
TEST(SvgToPng, ScalesToWholePixels) {
  Bytes png;
  Failure failure;
  ASSERT_EQ(sonde_svg_to_png(view(picture("")), 1.5F, png.out(), failure.out()), SONDE_OK);
  EXPECT_TRUE(png.text().starts_with("\x89PNG\r\n\x1a\n"));
  EXPECT_EQ(big_endian(png.text(), 16), 90U);
  EXPECT_EQ(big_endian(png.text(), 20), 30U);
}

TEST(SvgToPng, DrawsTextInAnyFamily) {
  Bytes empty;
  Bytes text;
  Bytes fallback;
  Failure failure;
  const std::string word = R"(<text x="2" y="15" font-family="%">word</text>)";
  const auto with = [&](const std::string& family) {
    std::string drawn = word;
    return picture(drawn.replace(drawn.find('%'), 1, family));
  };
  ASSERT_EQ(sonde_svg_to_png(view(picture("")), 2, empty.out(), failure.out()), SONDE_OK);
  ASSERT_EQ(sonde_svg_to_png(view(with("sans-serif")), 2, text.out(), failure.out()), SONDE_OK);
  ASSERT_EQ(sonde_svg_to_png(view(with("No Such Family")), 2, fallback.out(), failure.out()), SONDE_OK);
  EXPECT_GT(text.text().size(), empty.text().size() + 200);
  EXPECT_GT(fallback.text().size(), empty.text().size() + 200);
}

TEST(SvgToPng, RefusesWhatCannotBeDrawn) {
  const auto code_of = [](const std::string& svg, float scale) {
    Bytes png;
    Failure failure;
    return sonde_svg_to_png(view(svg), scale, png.out(), failure.out());
  };
  EXPECT_EQ(code_of("no svg", 1), SONDE_INPUT);
  EXPECT_EQ(code_of("", 1), SONDE_INPUT);
  EXPECT_EQ(code_of(picture(""), 1e6F), SONDE_LIMIT);
  EXPECT_EQ(code_of(picture(""), 0), SONDE_USAGE);
  EXPECT_EQ(code_of(picture(""), NAN), SONDE_USAGE);
}

}  // namespace
}  // namespace sonde::shim
