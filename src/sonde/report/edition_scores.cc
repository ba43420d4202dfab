#include "sonde/report/edition_scores.h"

#include <map>
#include <string>
#include <utility>

namespace sonde::report {

std::vector<const result::EditionScore*> scores_beside(const result::Result& result) {
  using Place = std::pair<std::string, std::string>;  // address and kind
  std::map<Place, std::vector<const result::EditionScore*>> scores;
  for (const result::EditionScore& score : result.recipe.other.scores)
    scores[{score.at, score.probe}].push_back(&score);
  std::map<Place, std::size_t> taken;
  std::vector<const result::EditionScore*> beside;
  for (const result::AddressResult& row : result.results) {
    const Place place{row.at, row.probe};
    const std::size_t number = taken[place]++;
    beside.push_back(number < scores[place].size() ? scores[place][number] : nullptr);
  }
  return beside;
}

}  // namespace sonde::report
