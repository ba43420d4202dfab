// Can I repeat it: command, resolved study, what ran, texts to copy.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "sonde/report/sentences.h"
#include "sonde/report/view.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;

std::string model_words(const result::Model& m) {
  const std::string name = m.architecture.empty() ? m.type : m.architecture;
  return fmt::format("{}, {} {} × {}, {} parameters, {}", name, m.layers, plural("layer", m.layers), m.width,
                     count(m.parameters), dtype_title(m.dtype));
}

std::string data_words(const Reading& reading) {
  const result::Data& d = reading.result.data;
  std::string out = fmt::format("{}: {} of {} rows used", last_part(d.file), count(d.used), count(d.rows));
  for (std::size_t i = 0; i < d.classes.size() && i < 6; ++i)
    out += fmt::format("{} {} {}", i == 0 ? ";" : ",", d.classes[i].name, count(d.classes[i].count));
  return d.classes.size() > 6 ? out + fmt::format(" and {} more classes", d.classes.size() - 6) : out;
}

std::string split_words(const Reading& reading) {
  const result::Split& s = reading.result.split;
  std::string out = fmt::format("{}: {} train, {} validation, {} test", s.method.empty() ? "split" : s.method,
                                count(s.train), count(s.valid), count(s.test));
  if (!s.group.empty())
    out += fmt::format("; {}, {} and {} {}", count(s.train_groups), count(s.valid_groups),
                       count(s.test_groups), reading.groups(2));
  return out;
}

std::string token_words(const result::Tokens& t) {
  return fmt::format("{}; min {}, median {}, 95th percentile {}, longest {}", count(t.total), count(t.min),
                     fixed(t.median, 0), fixed(t.p95, 0), count(t.max));
}

std::string version_words(const result::Result& r) {
  std::string out;
  for (const auto& [name, version] : r.versions)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, version);
  return fmt::format("{}{}result schema {}", out, out.empty() ? "" : ", ", r.schema_version);
}

/// "2026-11-23 02:14 UTC" from ISO 8601; another text as it is.
std::string moment(const std::string& created) {
  const bool iso = created.size() >= 17 && created[10] == 'T' && created[13] == ':' && created.back() == 'Z';
  return iso ? fmt::format("{} {} UTC", created.substr(0, 10), created.substr(11, 5)) : created;
}

std::string run_words(const result::Result& r) {
  std::string out = moment(r.provenance.created);
  if (r.timing.total > 0) out += fmt::format("{}{}", out.empty() ? "" : ", ", seconds_text(r.timing.total));
  if (std::isfinite(r.tokens_per_second))
    out += fmt::format("{}{} tokens per second", out.empty() ? "" : ", ",
                       count(std::llround(r.tokens_per_second)));
  return out;
}

std::string machine_words(const result::Result& r) {
  std::string out = r.provenance.simd;
  if (r.provenance.threads > 0)
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", r.provenance.threads,
                       plural("thread", r.provenance.threads));
  if (std::isfinite(r.peak_rss_mb))
    out += fmt::format("{}{} at most", out.empty() ? "" : ", ", megabytes(r.peak_rss_mb));
  return out;
}

Json what_ran(const Reading& reading) {
  const result::Result& r = reading.result;
  Json out = Json::array();
  const auto add = [&](const char* name, std::string value, bool code) {
    if (!value.empty()) out.push_back({{"name", name}, {"value", std::move(value)}, {"code", code}});
  };
  const auto digest = [](const std::string& hex) {
    return hex.empty() ? hex : "sha256 " + hex.substr(0, 16);
  };
  add("Model", model_words(r.model), false);
  add("Data", data_words(reading), false);
  add("Split", split_words(reading), false);
  add("Tokens", r.data.tokens.total > 0 ? token_words(r.data.tokens) : "", false);
  add("Weights", digest(r.provenance.weights_digest), true);
  add("Tokenizer", digest(r.provenance.tokenizer_digest), true);
  add("Data file", digest(r.provenance.data_digest), true);
  add("Seed", std::to_string(r.provenance.seed), true);
  add("Versions", version_words(r), false);
  add("Machine", machine_words(r), false);
  add("Run", run_words(r), false);
  return out;
}

Json timing(const result::Timing& t) {
  const std::array<std::pair<const char*, double>, 6> stages = {{{"load", t.load},
                                                                 {"tokenize", t.tokenize},
                                                                 {"forward", t.forward},
                                                                 {"probes", t.probes},
                                                                 {"controls", t.controls},
                                                                 {"report", t.report}}};
  double sum = 0;
  for (const auto& [name, seconds] : stages) sum += seconds;
  if (!(sum > 0)) return nullptr;
  Json bars = Json::array();
  std::string text;
  double at = 0;
  for (const auto& [name, seconds] : stages) {
    if (!(seconds > 0)) continue;
    bars.push_back(
        {{"x", svg_percent(at / sum)}, {"w", svg_percent(std::max(seconds / sum - 0.003, 0.004))}});
    text += fmt::format("{}{} {:.1f} s", text.empty() ? "" : " · ", name, seconds);
    at += seconds;
  }
  return {{"label", "Seconds per stage: " + text}, {"text", text}, {"bars", bars}};
}

}  // namespace

void view_rerun(const Reading& reading, Json& view) {
  const result::Result& r = reading.result;
  view["command"] = r.provenance.command;
  view["study"] = r.provenance.study;
  view["ran"] = what_ran(reading);
  view["timing"] = timing(r.timing);
  view["methods"] = methods_text(reading);
  view["bibtex"] = bibtex_entry(reading);
  view["sentence"] = copied_sentence(reading);
  view["latex"] = latex_table(reading);
  view["version"] = "";
  for (const auto& [name, version] : r.versions) {
    if (name == "sonde") view["version"] = version;
  }
}

}  // namespace sonde::report
