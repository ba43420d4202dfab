#include "sonde/result_table.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace sonde::app {
namespace {

// A metric shown beside the leading one, with the head of its column and its task.
struct Column {
  const char *metric, *head, *task;
};
constexpr Column kColumns[] = {{"balanced_accuracy", "balanced", "classes"},
                               {"f1", "macro F1", "classes"},
                               {"mcc", "MCC", "classes"},
                               {"auroc", "AUROC", "classes"},
                               {"log_loss", "log loss", "classes"},
                               {"mae", "MAE", "numbers"},
                               {"rmse", "RMSE", "numbers"},
                               {"spearman", "Spearman", "numbers"},
                               {"rounded_accuracy", "rounded", "numbers"}};

// What a table of one task is headed by: the metric that leads, or the task's own where another task leads.
std::string leading(const result::Result& result, std::string_view task) {
  if (result.task == task) return result.metric;
  return task == "classes" ? "accuracy" : "r2";
}

std::string number(double value) { return std::isnan(value) ? "–" : fmt::format("{:.3f}", value); }

std::string interval(const result::Interval* value) {
  if (value == nullptr || std::isnan(value->value)) return "–";
  return fmt::format("{:.3f} [{:.3f}, {:.3f}]", value->value, value->low, value->high);
}

std::string others(const result::Metrics& metrics, std::string_view task) {
  std::string row;
  for (const Column& column : kColumns) {
    if (column.task != task) continue;
    const result::Interval* value = result::find(metrics, column.metric);
    row += fmt::format("  {:>8}", number(value == nullptr ? result::kNaN : value->value));
  }
  return row;
}

std::size_t name_width(const result::Result& result) {
  std::size_t width = 12;
  for (const auto& entry : result.results) width = std::max(width, entry.at.size());
  for (const auto& entry : result.baselines) width = std::max(width, entry.name.size());
  return width;
}

std::string probe_text(const result::AddressResult& entry) {
  const std::string name = result::probe_name(entry);
  return entry.read.empty() ? name : fmt::format("{} {}", name, entry.read);
}

// The column of probes, where there are several; it is as wide as the longest name.
std::string probe_cell(const result::Result& result, std::string_view text) {
  if (result.probes.size() < 2) return "";
  std::size_t width = std::string_view("baseline").size();
  for (const result::AddressResult& entry : result.results) width = std::max(width, probe_text(entry).size());
  return fmt::format("  {:<{}}", text, width);
}

void print_head(const Session& session, const result::Result& result, std::string_view task) {
  std::string head = fmt::format("  {:<{}}{}  {:<22}", "address", name_width(result),
                                 probe_cell(result, "probe"), leading(result, task));
  for (const Column& column : kColumns) {
    if (column.task == task) head += fmt::format("  {:>8}", column.head);
  }
  session.print(session.styled(head + "   steps", "bold"));
}

void print_rows(const Session& session, const result::Result& result, std::string_view task) {
  const std::size_t width = name_width(result);
  for (const result::AddressResult& entry : result.results) {
    if (entry.task != task) continue;
    const bool best = &entry == result::find_best(result);
    const std::string mark = best ? "*" : entry.indistinguishable_from_best ? "~" : " ";
    const std::string row = fmt::format("{} {:<{}}{}  {:<22}{}  {:>6}", mark, entry.at, width,
                                        probe_cell(result, probe_text(entry)),
                                        interval(result::find(entry.metrics, leading(result, task))),
                                        others(entry.metrics, task), entry.n_iter);
    session.print(best ? session.styled(row, "blue") : row);
  }
  for (const result::Baseline& baseline : result.baselines) {
    if (baseline.task != task) continue;
    session.print(session.styled(
        fmt::format("  {:<{}}{}  {:<22}{}", baseline.name, width, probe_cell(result, "baseline"),
                    interval(result::find(baseline.metrics, leading(result, task))),
                    others(baseline.metrics, task)),
        "dim"));
  }
}

// One table per task, that of the best first.
void print_tables(const Session& session, const result::Result& result) {
  for (const bool of_best : {true, false}) {
    const std::string task = of_best ? result.task : result.task == "classes" ? "numbers" : "classes";
    const bool any = std::any_of(result.results.begin(), result.results.end(),
                                 [&](const auto& entry) { return entry.task == task; });
    if (!any) continue;
    if (!of_best) session.print("");
    print_head(session, result, task);
    print_rows(session, result, task);
  }
}

std::string choice_text(const result::Best& best) {
  if (best.chosen_on == "only") return "the only one";
  return best.chosen_on == "valid" ? "chosen on validation"
                                   : "chosen on train, as there is no validation part";
}

// A control with its first numbers, each by its name.
std::string control_line(const result::Control& control) {
  constexpr std::size_t kNumbers = 4;
  std::string line = fmt::format("  {:<16}", control.name);
  for (std::size_t i = 0; i < std::min(kNumbers, control.numbers.size()); ++i) {
    const auto& [name, value] = control.numbers[i];
    const bool bounded = std::isfinite(value.low) && std::isfinite(value.high);
    line +=
        fmt::format("{} {} {}", i == 0 ? "" : ",", name, bounded ? interval(&value) : number(value.value));
  }
  return control.note.empty() ? line : line + "; " + control.note;
}

void print_honesty(const Session& session, const result::Result& result) {
  const result::Honesty& honesty = result.honesty;
  if (honesty.controls.empty()) return;
  session.print(fmt::format("controls of {} at {}:", result::probe_name(honesty), honesty.at));
  for (const result::Control& control : honesty.controls) session.print(control_line(control));
  if (honesty.addresses.empty()) return;
  session.print(session.styled(fmt::format("  {:<{}}  {:>8}  {:>8}  {:>8}  {:>8}", "shuffled labels",
                                           name_width(result), "p", "Holm", "B.-H.", "vs best"),
                               "bold"));
  for (const result::CorrectedAddress& entry : honesty.addresses) {
    session.print(fmt::format("  {:<{}}  {:>8}  {:>8}  {:>8}  {:>8}", entry.at, name_width(result),
                              number(entry.p), number(entry.holm), number(entry.benjamini_hochberg),
                              number(entry.against_best)));
  }
}

}  // namespace

void print_result(const Session& session, const result::Result& result) {
  if (session.json()) {
    nlohmann::ordered_json json = result::to_json(result);
    return session.print(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  print_tables(session, result);
  session.print("");
  session.print(fmt::format(
      "best: {} ({}); {} on {} test rows, {:.0f} % bootstrap interval; ~ cannot be told apart from it",
      result.best.at, choice_text(result.best), interval(result::find(result.best.metrics, result.metric)),
      result.split.test, result.level * 100));
  for (const result::Baseline& baseline : result.baselines) {
    const result::Interval* gain = result::find(baseline.best_minus_this, result.metric);
    if (gain == nullptr) continue;
    session.print(fmt::format("  minus {:<14} {:+.3f} [{:+.3f}, {:+.3f}]  {}", baseline.name, gain->value,
                              gain->low, gain->high, baseline.note));
  }
  print_honesty(session, result);
  for (const result::Warning& warning : result.warnings) {
    session.print(session.styled(fmt::format("! {}: {}{}", warning.code, warning.message,
                                             warning.hint.empty() ? "" : "; " + warning.hint),
                                 "yellow"));
  }
}

study::RunOptions run_options(const Session& session, const OutputOptions& output) {
  return {.output = {.folder = output.out,
                     .existing = output.force ? files::Existing::replace : files::Existing::refuse},
          .command = session.command_line(),
          .created = session.created(),
          .hub = session.hub()};
}

void finish_run(const Session& session, const result::Result& result, const OutputOptions& output) {
  print_result(session, result);
  if (output.out.empty()) {
    session.say("no files were written; --out DIR keeps the report, the result and the probes");
  } else {
    session.say("report: " + std::filesystem::absolute(output.out).string() + "/report.html");
  }
}

}  // namespace sonde::app
