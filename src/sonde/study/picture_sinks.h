// Pictures of examples whose activations are not kept: the rows that are drawn are, and where a picture
// follows from sums, all rows are summed on the way.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sonde/fitting/pass.h"
#include "sonde/study/picture.h"

namespace sonde::study {

/// Takes the rows of an address for one picture.
class PictureSink final : public fitting::RowSink {
 public:
  /// Take `examples` of them, of `width` numbers.
  PictureSink(const PictureSpec& spec, std::int64_t examples, std::int64_t width, std::uint64_t seed);

  void take(MatrixView rows, std::span<const std::int64_t> examples) override;
  /// Give the rows that are drawn, with the sums of all. `known` is what is known of all examples; its x is
  /// not read.
  PictureRows rows(PictureRows known);

 private:
  std::int64_t examples_;
  std::vector<std::int64_t> drawn_;
  Matrix kept_;                     // [drawn, d]
  std::vector<std::int64_t> rows_;  // of those drawn, as the two below
  std::vector<std::int32_t> labels_;
  std::vector<double> values_;
  std::optional<solvers::MomentSum> sum_;
  std::optional<solvers::Moments> moments_;
};

/// The sinks of all pictures of examples of a study.
class PictureSinks {
 public:
  /// Make a sink for every picture at its address, or at every address where that is the best.
  PictureSinks(std::span<const PictureSpec> placed, const capture::Capture& capture, std::int64_t examples,
               const RunContext& context);

  std::span<const fitting::SinkPlace> places() const { return places_; }
  PictureSink& at(const PictureSpec& spec, const std::string& address);

 private:
  struct Place {
    const PictureSpec* spec = nullptr;
    std::string address;
  };
  std::deque<PictureSink> sinks_;
  std::vector<fitting::SinkPlace> places_;
  std::vector<Place> of_;  // of each sink
};

}  // namespace sonde::study
