// What the sentences and figures need to know of a result: which rows belong together, what beats what.
// Decides by intervals only; it guesses nothing from texts.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/report/wording.h"
#include "sonde/result/result.h"

namespace sonde::report {

using result::find;

/// How one predictor stands to another by the paired interval of their difference.
enum class Standing { above, level, below, unknown };

/// A result, read for the report. Keeps a reference: the result must outlive it.
struct Reading {
  explicit Reading(const result::Result& source);

  const result::Result& result;
  MetricStyle style;  ///< of the headline metric
  std::vector<const result::AddressResult*>
      curve;  ///< same probe and pooling as the best; hidden states if there are two
  const result::AddressResult* best = nullptr;  ///< null when nothing was probed
  const result::Baseline* floor = nullptr;  ///< what knows nothing: the majority class, or the mean of train
  const result::Baseline* rival = nullptr;  ///< bag-of-words, else the strongest baseline that is not chance
  bool hidden_curve = false;                ///< all of `curve` are hidden states
  bool two_classes = false;
  bool numbers = false;  ///< the headline is about a number

  /// Give one test metric of a row; null when absent.
  const metrics::Interval* value(const result::AddressResult& row) const;
  /// Tell whether the row's interval stands better than the floor and shuffled labels.
  bool decodable(const result::AddressResult& row) const;
  /// Compare a row with a baseline by the paired difference.
  Standing against(const result::AddressResult& row, std::string_view baseline) const;
  /// Compare a row with the best.
  Standing against_best(const result::AddressResult& row) const;
  /// Tell on which side of 0 a difference (this minus that) lies, better being above.
  Standing standing(const metrics::Interval* difference) const;

  std::string model_name() const;
  std::string label() const;                     ///< "sentiment"
  std::string rows(std::int64_t count) const;    ///< "reviews"
  std::string groups(std::int64_t count) const;  ///< "films"
  std::string places(std::size_t count) const;   ///< "hidden states" or "addresses"
  std::string level_percent() const;             ///< "95 %"
  const result::Baseline* baseline(std::string_view name) const;
  /// Name the floor in a sentence: "the majority class".
  std::string floor_words() const;
  /// List the baselines that Figure 1 draws, null where there is none: rival, random weights, floor.
  std::array<const result::Baseline*, 3> ruled() const;
  /// List the baselines that have the headline metric, strongest first.
  std::vector<const result::Baseline*> baselines() const;
  /// List up to three metrics to show beside the headline metric: MCC, AUROC and log loss where they were
  /// measured.
  std::vector<MetricStyle> beside() const;
};

/// Find the difference to a baseline in one metric; null when it was not measured.
const metrics::Interval* difference_to(const result::AddressResult& row, std::string_view baseline,
                                       std::string_view metric);

/// Give the addresses of rows, in order.
std::vector<std::string> addresses_of(const std::vector<const result::AddressResult*>& rows);

}  // namespace sonde::report
