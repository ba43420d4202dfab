// The catalogue of recipes: published studies, each one TOML file of recipes/ over the parts that any study
// can name. A recipe has two editions: `published` follows the document to the letter, slips included, and
// `corrected` does the same study rightly. It runs nothing.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "sonde/result/recipe.h"
#include "sonde/result/result.h"

namespace sonde::study {

/// The two ways in which a recipe runs.
enum class Edition { published, corrected };

/// Give the word for an edition.
const char* to_string(Edition edition);

/// A recipe: what it is in words, and a study with a change for each edition.
struct Recipe {
  result::Recipe about;                 ///< name, title, source, slips
  std::string summary;                  ///< what it must show, one sentence
  nlohmann::json study;                 ///< sections that both editions share
  nlohmann::json published, corrected;  ///< what each edition changes in them
};

/// List the names of all recipes in the order of recipes/list.def.
std::vector<std::string> recipe_names();

/// Read a recipe of the catalogue. Errors: usage for an unknown name (nearest named).
Recipe open_recipe(std::string_view name);

/// Read a recipe from its TOML: [recipe], [[slips]], [as.published], [as.corrected] and the sections of a
/// study. Errors: usage as parse_toml(), for a key that is no recipe's, or a slip that does not say both
/// sides.
Recipe parse_recipe(std::string_view name, std::string_view toml);

/// Give the sections of an edition: those of the recipe, changed as JSON Merge Patch (RFC 7386) has it, so a
/// list is replaced as a whole.
nlohmann::json edition_sections(const Recipe& recipe, Edition edition);

/// Say which edition a result is of, for its `recipe`.
result::Recipe about_edition(const Recipe& recipe, Edition edition);

/// Take the scores of the other edition into what a result says of its recipe. `report`: where the other's
/// report lies, relative to the run folder.
void set_beside(const result::Result& other, std::string report, result::Recipe& recipe);

}  // namespace sonde::study
