// How numbers and names are put into words, the same in sentences, tables, figures and copied text:
// per cent with 1 decimal, scores in 0 to 1 with 3; U+202F before %, U+2212 for minus, commas in thousands.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "sonde/metrics/interval.h"

namespace sonde::report {

/// How one metric is written.
struct MetricStyle {
  std::string name;         ///< key in the result
  std::string title;        ///< "Balanced accuracy"
  std::string short_title;  ///< "Balanced"
  double scale = 1;         ///< 100 for shares shown in per cent
  int digits = 3;
  bool low_is_better = false;
};

/// Give the style of a metric; an unknown one shows its own name with 3 digits.
MetricStyle metric_style(std::string_view name);

/// Write a metric's title inside a sentence: "balanced accuracy", "MCC".
std::string lower_title(const MetricStyle& style);
/// Write a model type and a dtype as people do: BERT, fp32.
std::string type_title(std::string_view type);
std::string dtype_title(std::string_view dtype);

/// Write with a fixed number of digits; "undefined" for NaN.
std::string fixed(double value, int digits);
/// Write a number of the label with 4 significant digits: 7.25, 12,340, 0.0031.
std::string plain_number(double value);
/// Write a whole number with commas in thousands.
std::string count(std::int64_t value);
/// Write a share as "78.3 %".
std::string percent(double share);
/// Write a value without unit: 78.3 or 0.552.
std::string value_text(const MetricStyle& style, double value);
/// Write a value with its unit: "78.3 %" or 0.552.
std::string value_with_unit(const MetricStyle& style, double value);
/// Write "[76.9, 79.7]"; empty when a bound is missing.
std::string interval_text(const MetricStyle& style, const metrics::Interval& interval);
/// Write a difference with its sign: +2.5 or −0.012.
std::string signed_text(const MetricStyle& style, double difference);
/// Write a difference for a sentence: "2.5 points", or "0.012" for scores; without sign.
std::string points_text(const MetricStyle& style, double difference);
/// Write seconds as "58 s", "2.4 s" or "3 min 20 s".
std::string seconds_text(double seconds);
/// Write megabytes as "412 MB".
std::string megabytes(double value);
/// Write a parameter count as "22.7 M".
std::string millions(std::int64_t value);

/// Join as "a", "a and b", "a, b and c".
std::string join_and(std::span<const std::string> parts);
/// Start with a capital letter (ASCII).
std::string capital(std::string text);
/// Name a baseline in a sentence: "a bag-of-words", "the majority class".
std::string baseline_in_sentence(std::string_view name);
/// Name a baseline in a table: "Bag-of-words".
std::string baseline_title(std::string_view name);
/// Name a baseline in a figure: "bag-of-words".
std::string baseline_label(std::string_view name);
/// Take the last part of a path, for people.
std::string last_part(std::string_view path);
/// Form the English plural of a noun of ours or of the study: review, reviews; class, classes.
std::string plural(std::string_view noun, std::int64_t count);

/// A sentence in two forms at once: markup for the page, plain text for copying. Every piece is escaped on
/// the way in.
class Sentence {
 public:
  Sentence& text(std::string_view words);
  Sentence& code(std::string_view address);  ///< an address
  Sentence& strong(std::string_view words);
  Sentence& value(std::string_view words);                 ///< the number of the headline
  Sentence& faint(std::string_view words);                 ///< its interval
  Sentence& keep(std::string_view words);                  ///< not broken over lines
  Sentence& addresses(std::span<const std::string> list);  ///< a, b and c in code type
  void capitalise();  ///< make the first letter a capital, where it is ours
  const std::string& html() const { return html_; }
  const std::string& plain() const { return plain_; }

 private:
  Sentence& wrap(std::string_view open, std::string_view words, std::string_view close);
  std::string html_, plain_;
};

}  // namespace sonde::report
