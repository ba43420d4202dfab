#include "sonde/study/spec.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "sonde/capture/pooling.h"
#include "sonde/core/nearest.h"
#include "sonde/hub/fetch.h"
#include "sonde/probes/probe.h"
#include "sonde/study/tasks.h"
#include "sonde/study/toml.h"

namespace sonde::study {
namespace {

void require(bool given, const char* where, const char* what, const char* hint) {
  if (!given) throw Error(ErrorCode::usage, {.where = where, .what = what, .hint = hint});
}

// A study of texts gives one vector per text, or with the pooling `none` one per token.
void check_reads(const std::string& kind, bool every_token) {
  const probes::InputKind reads = probes::probe_record(kind).input;
  const auto refuse = [&](const char* what, const char* hint) {
    throw Error(ErrorCode::usage,
                {.where = fmt::format("[capture] tokens, probe {}", kind), .what = what, .hint = hint});
  };
  if (reads == probes::InputKind::contrast)
    refuse("the probe reads contrast sets, and a column of texts has none",
           "give features of shape [n, prompts, d] to sonde fit");
  if (every_token && reads == probes::InputKind::features)
    refuse("a probe needs one vector per text", "choose a pooling such as mean or last");
  if (!every_token && reads == probes::InputKind::tokens)
    refuse("the probe reads every token of a text", "choose the pooling none");
}

}  // namespace

void check_sections(const nlohmann::json& study, const std::vector<std::string>& known,
                    std::string_view path) {
  for (const auto& [key, value] : study.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw Error(ErrorCode::usage, {.where = std::string(path),
                                   .what = fmt::format("unknown section [{}]", key),
                                   .hint = did_you_mean(key, known),
                                   .path = std::string(path)});
  }
}

nlohmann::json read_section(const nlohmann::json& study, const std::string& name) {
  nlohmann::json section = study.value(name, nlohmann::json::object());
  if (!section.is_object()) {
    throw Error(ErrorCode::usage,
                {.where = name, .what = "not a section", .expected = fmt::format("[{}]", name)});
  }
  return section;
}

std::vector<std::string> take_addresses(nlohmann::json& section, std::vector<std::string> otherwise) {
  if (!section.contains("at")) return otherwise;
  nlohmann::json at = section["at"];
  section.erase("at");
  if (at.is_string()) at = nlohmann::json::array({at});
  std::vector<std::string> addresses;
  for (const nlohmann::json& address : at) {
    if (!at.is_array() || !address.is_string()) {
      throw Error(ErrorCode::usage, {.where = "at", .what = "not a list of addresses", .got = at.dump()});
    }
    addresses.push_back(address);
  }
  return addresses;
}

std::vector<ProbeChoice> read_probes(const nlohmann::json& study) {
  if (!study.contains("probes")) return {{}};
  const nlohmann::json& list = study["probes"];
  std::vector<ProbeChoice> probes;
  for (const nlohmann::json& entry : list) {
    if (!list.is_array() || !entry.is_object() || !entry.contains("kind") || !entry["kind"].is_string()) {
      throw Error(ErrorCode::usage,
                  {.where = "probes", .what = "not a list of probes", .expected = "[[probes]] with a kind"});
    }
    ProbeChoice choice{entry["kind"], entry};
    choice.options.erase("kind");
    probes.push_back(std::move(choice));
  }
  return probes;
}

std::optional<HonestySpec> read_honesty(const nlohmann::json& study) {
  if (!study.contains("honesty")) return std::nullopt;
  HonestySpec honesty;
  assign_options("[honesty]", read_section(study, "honesty"), honesty);
  controls::check(honesty);
  return honesty;
}

std::string path_from(const std::string& path, std::string_view folder) {
  if (path.empty() || folder.empty() || std::filesystem::path(path).is_absolute()) return path;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

nlohmann::ordered_json probes_to_json(std::span<const ProbeChoice> choices) {
  auto list = nlohmann::ordered_json::array();
  for (const ProbeChoice& choice : choices) {
    nlohmann::ordered_json entry = {{"kind", choice.kind}};
    entry.update(probes::make_probe(choice.kind, choice.options)->options());
    list.push_back(std::move(entry));
  }
  return list;
}

Study parse_study(std::string_view text, std::string_view path, std::string_view folder) {
  const nlohmann::json json = parse_toml(text, path);
  check_sections(json,
                 {"model", "data", "capture", "split", "evaluate", "honesty", "report", "pictures", "probes"},
                 path);
  Study study;
  assign_options("[model]", read_section(json, "model"), study.model);
  assign_options("[data]", read_section(json, "data"), study.data);
  nlohmann::json capture = read_section(json, "capture");
  study.capture.at = take_addresses(capture, CaptureSpec().at);
  assign_options("[capture]", capture, study.capture);
  assign_options("[split]", read_section(json, "split"), study.split);
  assign_options("[evaluate]", read_section(json, "evaluate"), study.evaluate);
  study.honesty = read_honesty(json);
  nlohmann::json report = read_section(json, "report");
  study.pictures = take_pictures(json, report);
  assign_options("[report]", report, study.report);
  study.probes = read_probes(json);
  if (study.model.revision.empty() && !hub::is_on_hub(study.model.path, folder))
    study.model.path = path_from(study.model.path, folder);
  if (!hub::is_data_address(study.data.file)) study.data.file = path_from(study.data.file, folder);
  return study;
}

void check(const Study& study) {
  require(!study.model.path.empty(), "[model] path", "no model given", "name the model's folder");
  require(!study.data.file.empty(), "[data] file", "no data given", "name a table with --data");
  require(!study.data.text.empty(), "[data] text", "no text column given", "name it with --text");
  require(!study.data.label.empty(), "[data] label", "no label column given", "name it with --label");
  require(study.split.method != "group_kfold" || !study.data.group.empty(), "[split] method",
          "group_kfold needs a group column", "name it with --group");
  require(study.split.method != "grouped" || !study.data.group.empty(), "[split] method",
          "a grouped split needs a group column", "name it with --group");
  require(study.split.method != "column" || !study.split.column.empty(), "[split] method",
          "a split by column needs the column's name", "name it with --split");
  require(!study.probes.empty(), "probes", "no probe given", "name one with --probe");
  const bool every_token = capture::make_pooling(study.capture.tokens)->keeps_every_token();
  for (const ProbeChoice& choice : study.probes) {
    probes::make_probe(choice.kind, choice.options);
    check_reads(choice.kind, every_token);
  }
  for (const PictureSpec& picture : study.pictures) {
    require(!every_token || picture.of == "tokens", "[[pictures]] of",
            "a picture of examples needs one vector per text", "of = \"tokens\", or a pooling such as mean");
  }
  chosen_metric(study.evaluate, tasks_of(study.probes));
}

std::string to_toml(const Study& study) {
  nlohmann::ordered_json json;
  json["model"] = options_to_json(study.model);
  json["data"] = options_to_json(study.data);
  json["capture"]["at"] = study.capture.at;
  json["capture"].update(options_to_json(study.capture));
  json["split"] = options_to_json(study.split);
  json["evaluate"] = options_to_json(study.evaluate);
  if (study.honesty) json["honesty"] = options_to_json(*study.honesty);
  json["report"] = options_to_json(study.report);
  if (!study.pictures.empty()) json["pictures"] = pictures_to_json(study.pictures);
  json["probes"] = probes_to_json(study.probes);
  return write_toml(json);
}

ProbeChoice parse_probe(std::string_view text) {
  auto [kind, options] = parse_kind_and_options(text);
  return {std::move(kind), std::move(options)};
}

}  // namespace sonde::study
