#include "sonde/report/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <vector>

#include "sonde/report/escape.h"

namespace sonde::report {
namespace {

constexpr std::string_view kMinus = "\u2212";
constexpr std::string_view kThinSpace = "\u202f";

struct BaselineWords {
  std::string_view name, title, label, sentence;
};

constexpr BaselineWords kBaselines[] = {
    {"majority", "Majority class", "majority class", "the majority class"},
    {"mean", "Mean of train", "mean of train", "the mean of train"},
    {"bag_of_words", "Bag-of-words", "bag-of-words", "a bag-of-words"},
    {"length", "Text length", "text length", "the text length"},
    {"random_direction", "Random direction", "random direction", "a random direction"},
    {"random_weights", "Random weights", "random weights", "the same model with random weights"},
    {"shuffled_labels", "Shuffled labels", "shuffled labels", "shuffled labels"},
};

const BaselineWords* baseline_words(std::string_view name) {
  for (const BaselineWords& words : kBaselines) {
    if (words.name == name) return &words;
  }
  return nullptr;
}

std::string spaced(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

MetricStyle metric_style(std::string_view name) {
  static const std::vector<MetricStyle> known = {
      {"accuracy", "Accuracy", "Accuracy", 100, 1, false},
      {"balanced_accuracy", "Balanced accuracy", "Balanced", 100, 1, false},
      {"mcc", "MCC", "MCC", 1, 3, false},
      {"auroc", "AUROC", "AUROC", 1, 3, false},
      {"log_loss", "Log loss", "Log loss", 1, 3, true},
      {"f1", "Macro F1", "F1", 1, 3, false},
      {"f1_macro", "Macro F1", "F1", 1, 3, false},
      {"macro_f1", "Macro F1", "F1", 1, 3, false},
      {"precision", "Macro precision", "Precision", 1, 3, false},
      {"precision_macro", "Macro precision", "Precision", 1, 3, false},
      {"macro_precision", "Macro precision", "Precision", 1, 3, false},
      {"recall", "Macro recall", "Recall", 1, 3, false},
      {"recall_macro", "Macro recall", "Recall", 1, 3, false},
      {"macro_recall", "Macro recall", "Recall", 1, 3, false},
      {"average_precision", "Average precision", "Avg. precision", 1, 3, false},
      {"brier", "Brier score", "Brier", 1, 3, true},
      {"ece", "ECE", "ECE", 1, 3, true},
      {"r2", "R²", "R²", 1, 3, false},
      {"mae", "MAE", "MAE", 1, 3, true},
      {"rmse", "RMSE", "RMSE", 1, 3, true},
      {"spearman", "Spearman", "Spearman", 1, 3, false},
      {"rounded_accuracy", "Accuracy after rounding", "Rounded", 100, 1, false},
  };
  for (const MetricStyle& style : known) {
    if (style.name == name) return style;
  }
  const std::string words = capital(spaced(name));
  return {std::string(name), words, words, 1, 3, false};
}

std::string lower_title(const MetricStyle& style) {
  std::string text = style.title;
  const bool acronym = text.size() > 1 && std::isupper(static_cast<unsigned char>(text[1])) != 0;
  if (!text.empty() && !acronym && text != "R²" && text != "Spearman")
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

std::string type_title(std::string_view type) {
  std::string text(type);
  if (text.size() > 5) return capital(std::move(text));
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text == "LLAMA" ? "Llama" : text == "GPT2" ? "GPT-2" : text;
}

std::string dtype_title(std::string_view dtype) {
  return std::string(dtype == "float32"    ? "fp32"
                     : dtype == "bfloat16" ? "bf16"
                     : dtype == "float16"  ? "fp16"
                                           : dtype);
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return "undefined";
  std::string text = fmt::format("{:.{}f}", std::abs(value), digits);
  const bool zero = text.find_first_not_of("0.") == std::string::npos;
  return value < 0 && !zero ? std::string(kMinus) + text : text;
}

std::string plain_number(double value) {
  if (!std::isfinite(value)) return "undefined";
  const double size = std::abs(value);
  if (size >= 1000 && size < 1e15) return count(std::llround(value));
  const std::string text = fmt::format("{:.4g}", size);
  return value < 0 && text != "0" ? std::string(kMinus) + text : text;
}

std::string count(std::int64_t value) {
  std::string digits = std::to_string(value < 0 ? -value : value);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
    digits.insert(static_cast<std::size_t>(at), ",");
  return value < 0 ? std::string(kMinus) + digits : digits;
}

std::string percent(double share) {
  return std::isfinite(share) ? fmt::format("{}{}%", fixed(100 * share, 1), kThinSpace) : "undefined";
}

std::string value_text(const MetricStyle& style, double value) {
  return fixed(value * style.scale, style.digits);
}

std::string value_with_unit(const MetricStyle& style, double value) {
  return style.scale == 100 ? percent(value) : value_text(style, value);
}

std::string interval_text(const MetricStyle& style, const metrics::Interval& interval) {
  if (!std::isfinite(interval.low) || !std::isfinite(interval.high)) return "";
  return fmt::format("[{}, {}]", value_text(style, interval.low), value_text(style, interval.high));
}

std::string signed_text(const MetricStyle& style, double difference) {
  const std::string text = value_text(style, difference);
  return text.starts_with(kMinus) || text == "undefined" ? text : "+" + text;
}

std::string points_text(const MetricStyle& style, double difference) {
  const std::string text = value_text(style, std::abs(difference));
  return style.scale == 100 ? text + (text == "1.0" ? " point" : " points") : text;
}

std::string seconds_text(double seconds) {
  if (!std::isfinite(seconds)) return "unknown";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  if (seconds < 119.5) return fmt::format("{:.0f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 7200) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string megabytes(double value) {
  return std::isfinite(value) ? count(std::llround(value)) + " MB" : "unknown memory";
}

std::string millions(std::int64_t value) {
  if (value >= 1'000'000'000) return fmt::format("{:.1f} B", static_cast<double>(value) / 1e9);
  if (value >= 100'000) return fmt::format("{:.1f} M", static_cast<double>(value) / 1e6);
  return count(value);
}

std::string join_and(std::span<const std::string> parts) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) out += i + 1 == parts.size() ? " and " : ", ";
    out += parts[i];
  }
  return out;
}

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text;
}

std::string baseline_in_sentence(std::string_view name) {
  const BaselineWords* words = baseline_words(name);
  return words ? std::string(words->sentence) : spaced(name);
}

std::string baseline_title(std::string_view name) {
  const BaselineWords* words = baseline_words(name);
  return words ? std::string(words->title) : capital(spaced(name));
}

std::string baseline_label(std::string_view name) {
  const BaselineWords* words = baseline_words(name);
  return words ? std::string(words->label) : spaced(name);
}

std::string last_part(std::string_view path) {
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos || path.size() == 1 ? path : path.substr(slash + 1));
}

std::string plural(std::string_view noun, std::int64_t count) {
  std::string out(noun);
  if (count == 1 || out.empty()) return out;
  const bool hisses = out.ends_with("s") || out.ends_with("x") || out.ends_with("ch") || out.ends_with("sh");
  const bool changes_y = out.size() > 1 && out.back() == 'y' &&
                         std::string_view("aeiou").find(out[out.size() - 2]) == std::string_view::npos;
  if (changes_y) return out.substr(0, out.size() - 1) + "ies";
  return out + (hisses ? "es" : "s");
}

Sentence& Sentence::wrap(std::string_view open, std::string_view words, std::string_view close) {
  html_.append(open).append(escape_html(words)).append(close);
  plain_ += valid_utf8(words);
  return *this;
}

Sentence& Sentence::text(std::string_view words) { return wrap("", words, ""); }
Sentence& Sentence::code(std::string_view address) { return wrap("<code>", address, "</code>"); }
Sentence& Sentence::strong(std::string_view words) { return wrap("<strong>", words, "</strong>"); }
Sentence& Sentence::value(std::string_view words) { return wrap("<b>", words, "</b>"); }
Sentence& Sentence::faint(std::string_view words) { return wrap("<i>", words, "</i>"); }
Sentence& Sentence::keep(std::string_view words) { return wrap("<span class=\"nb\">", words, "</span>"); }

void Sentence::capitalise() {
  html_ = capital(std::move(html_));
  plain_ = capital(std::move(plain_));
}

Sentence& Sentence::addresses(std::span<const std::string> list) {
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) text(i + 1 == list.size() ? " and " : ", ");
    code(list[i]);
  }
  return *this;
}

}  // namespace sonde::report
