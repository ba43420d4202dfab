#include "sonde/study/spec.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "sonde/capture/pooling.h"
#include "sonde/core/nearest.h"
#include "sonde/fitting/prompts.h"
#include "sonde/hub/fetch.h"
#include "sonde/probes/probe.h"
#include "sonde/study/contrast_reads.h"
#include "sonde/study/padded_texts.h"
#include "sonde/study/table_source.h"
#include "sonde/study/tasks.h"
#include "sonde/study/toml.h"

namespace sonde::study {
namespace {

void require(bool given, const char* where, const char* what, const char* hint) {
  if (!given) throw Error(ErrorCode::usage, {.where = where, .what = what, .hint = hint});
}

// Reads a section that need not be there.
template <class Options>
std::optional<Options> read_optional(const nlohmann::json& study, const std::string& name) {
  if (!study.contains(name)) return std::nullopt;
  Options options;
  assign_options(fmt::format("[{}]", name), read_section(study, name), options);
  return options;
}

// Files that options of a probe name are meant from a folder, and are found from any.
void place_files(std::string_view folder, ProbeChoice& choice) {
  for (const FieldRecord& option : probes::probe_record(choice.kind).options()) {
    const auto given = choice.options.find(option.name);
    if (given == choice.options.end() || !given->is_string()) continue;
    const std::string value = *given;
    if (names_file(option.notes, value))
      *given = std::filesystem::absolute(path_from(value, folder)).lexically_normal().string();
  }
}

// `read` belongs to the study and not to the probe.
ProbeChoice make_choice(std::string kind, nlohmann::json options, std::string_view folder) {
  ProbeChoice choice{std::move(kind), std::move(options)};
  place_files(folder, choice);
  if (!choice.options.contains("read")) return choice;
  if (!choice.options["read"].is_string()) {
    throw Error(ErrorCode::usage, {.where = "probe, read",
                                   .what = "not a text",
                                   .got = choice.options["read"].dump(),
                                   .expected = "difference or concatenation"});
  }
  choice.read = choice.options["read"];
  choice.options.erase("read");
  fitting::check_read(choice.read);
  return choice;
}

// A study gives one vector per text, with the pooling `none` one per token, and with several templates one
// vector for each prompt of a row.
void check_reads(const ProbeChoice& choice, bool every_token, std::size_t prompts) {
  const probes::InputKind reads = probes::probe_record(choice.kind).input;
  const auto refuse = [&](const char* what, const char* hint) {
    throw Error(
        ErrorCode::usage,
        {.where = fmt::format("[capture] tokens, probe {}", choice.kind), .what = what, .hint = hint});
  };
  if (reads == probes::InputKind::contrast && prompts < 2)
    refuse("the probe reads contrast sets, and one text per row makes none",
           "give two templates, or features of shape [n, prompts, d] to sonde fit");
  if (reads == probes::InputKind::features && prompts > 1 && choice.read.empty())
    refuse("the probe reads one vector per row, and every template makes one",
           "add read = \"difference\" or \"concatenation\"");
  if (!choice.read.empty() && (prompts < 2 || reads != probes::InputKind::features))
    refuse("`read` is for probes of one vector on rows of several prompts", "leave it out");
  if (choice.read == fitting::kDifference && prompts != 2)
    refuse("a difference is of two prompts", "give two templates, or read the concatenation");
  if (every_token && prompts > 1)
    refuse("prompts of a contrast set need one vector each", "choose a pooling such as mean or last");
  if (every_token && reads == probes::InputKind::features)
    refuse("a probe needs one vector per text", "choose a pooling such as mean or last");
  if (!every_token && reads == probes::InputKind::tokens)
    refuse("the probe reads every token of a text", "choose the pooling none");
}

void check_numbers(const Study& study) {
  require(study.data.file.empty() && study.data.text.empty() && study.data.templates.empty(), "[numbers]",
          "number pairs are made without a table, and [data] names one", "leave [numbers] or the table out");
  require(!study.occurrences, "[numbers]", "number pairs have no documents",
          "leave [numbers] or [occurrences] out");
}

void check_occurrences(const Study& study) {
  require(!study.occurrences->targets.empty(), "[occurrences] targets", "no token to look for",
          "name at least two, such as [\" the\", \" an\"]");
  require(study.data.label.empty(), "[occurrences]",
          "the targets are the classes, and [data] names a label too", "leave the label out");
  require(study.data.templates.empty(), "[occurrences]", "windows of tokens go into no template",
          "leave the templates out");
  require(study.data.test_file.empty(), "[occurrences]", "occurrences come from one table",
          "leave test_file out");
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

std::vector<ProbeChoice> read_probes(const nlohmann::json& study, std::string_view folder) {
  if (!study.contains("probes")) return {{}};
  const nlohmann::json& list = study["probes"];
  const auto is_probe = [](const nlohmann::json& entry) {
    return entry.is_object() && entry.contains("kind") && entry["kind"].is_string();
  };
  if (!list.is_array() || list.empty() || !std::ranges::all_of(list, is_probe)) {
    throw Error(ErrorCode::usage,
                {.where = "probes", .what = "not a list of probes", .expected = "[[probes]] with a kind"});
  }
  std::vector<ProbeChoice> probes;
  for (const nlohmann::json& entry : list) {
    nlohmann::json options = entry;
    options.erase("kind");
    std::vector<std::string> at = take_addresses(options, {});
    probes.push_back(make_choice(entry["kind"], std::move(options), folder));
    probes.back().at = std::move(at);
  }
  return probes;
}

std::optional<HonestySpec> read_honesty(const nlohmann::json& study) {
  std::optional<HonestySpec> honesty = read_optional<HonestySpec>(study, "honesty");
  if (honesty) controls::check(*honesty);
  return honesty;
}

std::optional<data::SampleOptions> read_sample(const nlohmann::json& study) {
  std::optional<data::SampleOptions> sample = read_optional<data::SampleOptions>(study, "sample");
  if (sample) data::Sampler{*sample};  // refuses what cannot be drawn
  return sample;
}

std::string path_from(const std::string& path, std::string_view folder) {
  if (path.empty() || folder.empty() || std::filesystem::path(path).is_absolute()) return path;
  return (std::filesystem::path(folder) / path).lexically_normal().string();
}

nlohmann::ordered_json probes_to_json(std::span<const ProbeChoice> choices) {
  auto list = nlohmann::ordered_json::array();
  for (const ProbeChoice& choice : choices) {
    nlohmann::ordered_json entry = {{"kind", choice.kind}};
    if (!choice.read.empty()) entry["read"] = choice.read;
    if (!choice.at.empty()) entry["at"] = choice.at;
    entry.update(probes::make_probe(choice.kind, choice.options)->options());
    list.push_back(std::move(entry));
  }
  return list;
}

Study parse_study(std::string_view text, std::string_view path, std::string_view folder) {
  return read_study(parse_toml(text, path), path, folder);
}

Study read_study(const nlohmann::json& json, std::string_view path, std::string_view folder) {
  check_sections(json,
                 {"model", "data", "numbers", "occurrences", "sample", "capture", "split", "evaluate",
                  "honesty", "report", "pictures", "probes"},
                 path);
  Study study;
  assign_options("[model]", read_section(json, "model"), study.model);
  assign_options("[data]", read_section(json, "data"), study.data);
  study.numbers = read_optional<data::NumberPairOptions>(json, "numbers");
  study.occurrences = read_optional<data::OccurrenceOptions>(json, "occurrences");
  study.sample = read_sample(json);
  nlohmann::json capture = read_section(json, "capture");
  study.capture.at = take_addresses(capture, CaptureSpec().at);
  assign_options("[capture]", capture, study.capture);
  assign_options("[split]", read_section(json, "split"), study.split);
  assign_options("[evaluate]", read_section(json, "evaluate"), study.evaluate);
  study.honesty = read_honesty(json);
  nlohmann::json report = read_section(json, "report");
  study.pictures = take_pictures(json, report);
  assign_options("[report]", report, study.report);
  study.probes = read_probes(json, folder);
  if (study.model.revision.empty() && !hub::is_on_hub(study.model.path, folder))
    study.model.path = path_from(study.model.path, folder);
  for (std::string* file : {&study.data.file, &study.data.test_file}) {
    if (!hub::is_data_address(*file)) *file = path_from(*file, folder);
  }
  return study;
}

void check(const Study& study) {
  require(!study.model.path.empty(), "[model] path", "no model given", "name the model's folder");
  if (study.numbers) {
    check_numbers(study);
  } else {
    require(!study.data.file.empty(), "[data] file", "no data given", "name a table with --data");
    require(!text_column(study.data).empty(), "[data] text", "no text column given", "name it with --text");
  }
  if (study.occurrences) {
    check_occurrences(study);
  } else if (!study.numbers) {
    require(!study.data.label.empty(), "[data] label", "no label column given", "name it with --label");
  }
  const bool grouped = !study.data.group.empty() || study.occurrences;
  require(study.split.method != "group_kfold" || grouped, "[split] method",
          "group_kfold needs a group column", "name it with --group");
  require(study.split.method != "grouped" || grouped, "[split] method",
          "a grouped split needs a group column", "name it with --group");
  require(study.split.method != "column" || !study.split.column.empty(), "[split] method",
          "a split by column needs the column's name", "name it with --split");
  require(study.split.method != "sample" || study.sample, "[split] method",
          "a division by sample needs the sample", "add a section [sample] with train, valid and test");
  require(!study.probes.empty(), "probes", "no probe given", "name one with --probe");
  const bool every_token = capture::make_pooling(study.capture.tokens)->keeps_every_token();
  for (const ProbeChoice& choice : study.probes) {
    probes::make_probe(choice.kind, choice.options);
    check_reads(choice, every_token, study.data.templates.size());
  }
  padding_of(study.capture);
  for (const PictureSpec& picture : study.pictures) {
    require(study.data.templates.size() < 2 || picture.of == "tokens", "[[pictures]] of",
            "examples of several prompts have no single vector", "of = \"tokens\"");
    require(!every_token || picture.of == "tokens", "[[pictures]] of",
            "a picture of examples needs one vector per text", "of = \"tokens\", or a pooling such as mean");
  }
  chosen_metric(study.evaluate, tasks_of(study.probes));
}

std::string to_toml(const Study& study) {
  nlohmann::ordered_json json;
  json["model"] = options_to_json(study.model);
  json["data"] = options_to_json(study.data);
  if (study.numbers) json["numbers"] = options_to_json(*study.numbers);
  if (study.occurrences) json["occurrences"] = options_to_json(*study.occurrences);
  if (study.sample) json["sample"] = options_to_json(*study.sample);
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
  return make_choice(std::move(kind), std::move(options), "");
}

}  // namespace sonde::study
