// sonde recipe: the published studies, told and run, as published or as corrected.
#include "sonde/study/recipe.h"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <optional>

#include "sonde/command.h"
#include "sonde/result_table.h"
#include "sonde/study/run.h"
#include "sonde/study/settings.h"
#include "sonde/study_options.h"

namespace sonde::app {
namespace {

using study::Edition;

struct Options {
  std::string action, name, editions = "corrected";
  std::string model, text, label, group;
  std::vector<std::string> data, at, settings;
  OutputOptions output;
};

// What the command line puts in place of the recipe's own model, data and settings.
void replace_sections(const Options& options, nlohmann::json& sections) {
  if (!options.model.empty()) {
    sections["model"]["path"] = options.model;
    sections["model"].erase("revision");
  }
  if (!options.data.empty()) {
    if (sections.contains("numbers")) {
      throw Error(ErrorCode::usage, {.where = "--data",
                                     .what = "the recipe makes its examples itself",
                                     .hint = "change [numbers] with --set numbers.KEY=VALUE"});
    }
    sections["data"]["file"] = options.data.front();
    for (const char* key : {"revision", "test_file", "format"}) sections["data"].erase(key);
    if (options.data.size() > 1) sections["data"]["test_file"] = options.data.back();
  }
  if (!options.text.empty()) sections["data"]["text"] = options.text;
  if (!options.label.empty()) sections["data"]["label"] = options.label;
  if (!options.group.empty()) sections["data"]["group"] = options.group;
  if (!options.at.empty()) {
    sections["capture"]["at"] = options.at;
    for (nlohmann::json& probe : sections["probes"]) probe.erase("at");  // those were the recipe's addresses
  }
  for (const std::string& setting : options.settings) study::apply_setting(sections, setting);
}

study::Study study_of(const study::Recipe& recipe, Edition edition, const Options& options) {
  nlohmann::json sections = study::edition_sections(recipe, edition);
  replace_sections(options, sections);
  return study::read_study(sections, fmt::format("recipe {}", recipe.about.name), "");
}

std::vector<Edition> editions_of(const Options& options) {
  if (options.editions == "published") return {Edition::published};
  if (options.editions == "corrected") return {Edition::corrected};
  return {Edition::published, Edition::corrected};
}

void list(const Session& session) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const std::string& name : study::recipe_names()) {
    const study::Recipe recipe = study::open_recipe(name);
    all.push_back({{"name", name},
                   {"title", recipe.about.title},
                   {"source", recipe.about.source},
                   {"summary", recipe.summary}});
    if (!session.json())
      session.print(fmt::format("{}  {}\n{:18}{}", session.styled(fmt::format("{:<16}", name), "bold"),
                                recipe.about.title, "", recipe.summary));
  }
  if (session.json()) session.print_json({{"recipes", all}}, {});
}

void print_slips(const Session& session, const study::Recipe& recipe) {
  for (const result::Slip& slip : recipe.about.slips) {
    session.print(fmt::format("\n{}\n  as published  {}\n  as corrected  {}",
                              session.styled(slip.title, "bold"), slip.published, slip.corrected));
  }
}

void show(const Options& options, const Session& session) {
  const study::Recipe recipe = study::open_recipe(options.name);
  nlohmann::ordered_json json = {
      {"name", options.name}, {"title", recipe.about.title}, {"source", recipe.about.source}};
  json["slips"] = nlohmann::ordered_json::array();
  for (const result::Slip& slip : recipe.about.slips) {
    json["slips"].push_back(
        {{"title", slip.title}, {"published", slip.published}, {"corrected", slip.corrected}});
  }
  if (!session.json()) {
    session.print(fmt::format("{}\n{}\n{}", session.styled(recipe.about.title, "bold"), recipe.about.source,
                              recipe.summary));
    print_slips(session, recipe);
  }
  for (const Edition edition : editions_of(options)) {
    const std::string toml = study::to_toml(study_of(recipe, edition, options));
    json["studies"][to_string(edition)] = toml;
    if (session.json()) continue;
    session.print(session.styled(fmt::format("\n# The study as {}\n", to_string(edition)), "bold"));
    session.print(toml);
  }
  if (session.json()) session.print_json(std::move(json), {});
}

// Where an edition is written: the folder itself, or one of its own in it where both run.
OutputOptions output_of(const Options& options, Edition edition) {
  OutputOptions output = options.output;
  if (!output.out.empty() && options.editions == "both")
    output.out = (std::filesystem::path(output.out) / to_string(edition)).string();
  return output;
}

// A folder in the way is found before any edition runs.
void check_places(const Options& options) {
  for (const Edition edition : editions_of(options)) {
    const OutputOptions output = output_of(options, edition);
    if (output.out.empty() || output.force || !std::filesystem::exists(output.out)) continue;
    throw Error(ErrorCode::usage, {.where = "--out",
                                   .what = fmt::format("'{}' is already there", output.out),
                                   .hint = "choose another folder, or --force"});
  }
}

void run_editions(const Options& options, const Session& session) {
  const study::Recipe recipe = study::open_recipe(options.name);
  std::vector<std::pair<Edition, study::Study>> studies;
  for (const Edition edition : editions_of(options)) {
    studies.emplace_back(edition, study_of(recipe, edition, options));
    study::check(studies.back().second);
  }
  check_places(options);
  nlohmann::ordered_json both;
  std::optional<result::Result> before;
  for (const auto& [edition, study] : studies) {
    const OutputOptions output = output_of(options, edition);
    study::RunOptions outside = run_options(session, output);
    outside.recipe = study::about_edition(recipe, edition);
    if (before) study::set_beside(*before, "../published/report.html", outside.recipe);
    const auto seed = static_cast<std::uint64_t>(study.split.seed);
    result::Result result = study::run_study(study, outside, session.context(seed));
    if (session.json() && studies.size() > 1) {
      both[to_string(edition)] = result::to_json(result);
    } else {
      if (!session.json())
        session.print(session.styled(fmt::format("{} as {}", options.name, to_string(edition)), "bold"));
      finish_run(session, result, output);
    }
    before = std::move(result);
  }
  if (!both.empty()) session.print_json(std::move(both), {});
}

void run(const Options& options, Session& session) {
  if (options.action == "list") return list(session);
  if (options.name.empty()) {
    throw Error(ErrorCode::usage, {.where = fmt::format("recipe {}", options.action),
                                   .what = "no recipe named",
                                   .hint = "sonde recipe list shows them"});
  }
  if (options.action == "show") return show(options, session);
  run_editions(options, session);
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("action", options->action, "list, show or run")
      ->required()
      ->check(CLI::IsMember({"list", "show", "run"}));
  app.add_option("name", options->name, "name of the recipe");
  app.add_option("--as", options->editions,
                 "published (to the letter, slips included), corrected, or both (default corrected)")
      ->check(CLI::IsMember({"published", "corrected", "both"}));
  app.add_option("--model", options->model, "model in place of the recipe's: folder, .gguf file or hub id");
  app.add_option("--data", options->data,
                 "table in place of the recipe's; twice where the test rows come from a second one")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_option("--text", options->text, "column with the text");
  app.add_option("--label", options->label, "column with the label");
  app.add_option("--group", options->group, "column whose values must not cross the split");
  app.add_option("--at", options->at, "addresses in place of the recipe's; repeatable")
      ->allow_extra_args(false);
  add_settings_option(app, options->settings);
  add_output_options(app, options->output,
                     "folder for report, result and probes; with --as both it holds one for each edition");
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command recipe_command;
const Command recipe_command = {
    "recipe", "tell or run a published study, as published or as corrected",
    "  sonde recipe list\n"
    "  sonde recipe show layer-sentiment --as both\n"
    "  sonde recipe run layer-sentiment --as both --out runs/layers\n"
    "  sonde recipe run sparse-neurons --model models/gpt2 --data documents.parquet --out runs/neurons\n",
    declare};

}  // namespace sonde::app
