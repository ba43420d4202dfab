#include "sonde/study/recipe.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <span>

#include "sonde/core/embed.h"
#include "sonde/core/nearest.h"
#include "sonde/core/options.h"
#include "sonde/study/toml.h"

#define SONDE_ENTRY(name) SONDE_EMBED(sonde_recipe_##name, SONDE_RECIPE_DIR "/" #name ".toml")
#include "sonde/study/recipes/list.def"
#undef SONDE_ENTRY

namespace sonde::study {
namespace {

using Json = nlohmann::json;

struct Entry {
  std::string_view symbol, toml;
};

std::span<const Entry> entries() {
  static const std::array kEntries = {
#define SONDE_ENTRY(name) Entry{#name, {sonde_recipe_##name, sonde_recipe_##name##_end}},
#include "sonde/study/recipes/list.def"
#undef SONDE_ENTRY
  };
  return kEntries;
}

std::string name_of(std::string_view symbol) {
  std::string name(symbol);
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

[[noreturn]] void refuse(std::string_view recipe, std::string what, std::string expected) {
  throw Error(
      ErrorCode::usage,
      {.where = fmt::format("recipe {}", recipe), .what = std::move(what), .expected = std::move(expected)});
}

struct Words {
  std::string title, source, summary;

  template <class V>
  void fields(V& visit) {
    visit("title", title, {.help = "the study in a phrase"});
    visit("source", source, {.help = "where it was published"});
    visit("summary", summary, {.help = "what it must show"});
  }
};

struct SlipWords : result::Slip {
  template <class V>
  void fields(V& visit) {
    visit("title", title, {.help = "the slip in a phrase"});
    visit("published", published, {.help = "what the published study does, and what follows"});
    visit("corrected", corrected, {.help = "what is done instead"});
  }
};

Json take(Json& object, const char* key, Json otherwise) {
  if (!object.contains(key)) return otherwise;
  Json value = std::move(object[key]);
  object.erase(key);
  return value;
}

std::vector<result::Slip> read_slips(std::string_view recipe, const Json& list) {
  std::vector<result::Slip> slips;
  for (const Json& entry : list) {
    SlipWords slip;
    assign_options("[[slips]]", entry, slip);
    if (slip.title.empty() || slip.published.empty() || slip.corrected.empty())
      refuse(recipe, "a slip that is not told", "title, published and corrected in every [[slips]]");
    slips.push_back(slip);
  }
  return slips;
}

}  // namespace

const char* to_string(Edition edition) { return edition == Edition::published ? "published" : "corrected"; }

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const Entry& entry : entries()) names.push_back(name_of(entry.symbol));
  return names;
}

Recipe open_recipe(std::string_view name) {
  for (const Entry& entry : entries()) {
    if (name_of(entry.symbol) == name) return parse_recipe(name, entry.toml);
  }
  const std::vector<std::string> known = recipe_names();
  throw Error(ErrorCode::usage, {.where = "recipe",
                                 .what = fmt::format("unknown recipe '{}'", name),
                                 .hint = did_you_mean(name, known)});
}

Recipe parse_recipe(std::string_view name, std::string_view toml) {
  Recipe recipe;
  recipe.study = parse_toml(toml, fmt::format("{}.toml", name));
  Words words;
  assign_options("[recipe]", take(recipe.study, "recipe", Json::object()), words);
  Json editions = take(recipe.study, "as", Json::object());
  recipe.published = take(editions, "published", Json::object());
  recipe.corrected = take(editions, "corrected", Json::object());
  if (!editions.empty())
    refuse(name, fmt::format("unknown edition '{}'", editions.begin().key()), "as.published or as.corrected");
  recipe.about = {.name = std::string(name),
                  .title = words.title,
                  .source = words.source,
                  .slips = read_slips(name, take(recipe.study, "slips", Json::array()))};
  recipe.summary = words.summary;
  return recipe;
}

Json edition_sections(const Recipe& recipe, Edition edition) {
  Json sections = recipe.study;
  sections.merge_patch(edition == Edition::published ? recipe.published : recipe.corrected);
  return sections;
}

result::Recipe about_edition(const Recipe& recipe, Edition edition) {
  result::Recipe about = recipe.about;
  about.edition = to_string(edition);
  return about;
}

void set_beside(const result::Result& other, std::string report, result::Recipe& recipe) {
  result::OtherEdition& beside = recipe.other;
  beside = {.edition = other.recipe.edition, .metric = other.metric, .report = std::move(report)};
  const auto score = [](const auto& entry, const result::Interval& value) {
    return result::EditionScore{entry.at, entry.probe, entry.variant, value};
  };
  // A study may have probes of another task, which the metric does not judge.
  for (const result::AddressResult& row : other.results) {
    if (const result::Interval* value = result::find(row.metrics, other.metric))
      beside.scores.push_back(score(row, *value));
  }
  if (const result::Interval* value = result::find(other.best.metrics, other.metric))
    beside.best = score(other.best, *value);
}

}  // namespace sonde::study
