// An edition of a recipe as the study it becomes, every default filled in.
#pragma once

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <string>

#include "sonde/study/recipe.h"
#include "sonde/study/spec.h"
#include "sonde/study/toml.h"

namespace sonde::study {

inline Study edition(const char* name, Edition which) {
  const Recipe recipe = open_recipe(name);
  Study study = read_study(edition_sections(recipe, which), name, "");
  check(study);
  return study;
}

inline nlohmann::json resolved(const char* name, Edition which) {
  return parse_toml(to_toml(edition(name, which)), name);
}

}  // namespace sonde::study
