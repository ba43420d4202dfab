#include "sonde/controls/subject.h"

#include <algorithm>

namespace sonde::controls {

std::vector<std::int64_t> Subject::judged() const {
  std::vector<std::int64_t> all;
  for (const Division& division : divisions)
    all.insert(all.end(), division.test.begin(), division.test.end());
  return all;
}

std::vector<std::int64_t> Subject::trained() const {
  std::vector<std::int64_t> all;
  for (const Division& division : divisions)
    all.insert(all.end(), division.train.begin(), division.train.end());
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

Division Subject::whole() const {
  const Division& first = divisions.front();
  Division whole{first.train, first.valid, {}};
  if (divisions.size() == 1) return whole;
  whole.train.insert(whole.train.end(), first.test.begin(), first.test.end());
  std::ranges::sort(whole.train);
  return whole;
}

bool Subject::judges_what_it_fits() const {
  const std::vector<std::int64_t> fitted_to = trained();
  return std::ranges::any_of(judged(),
                             [&](std::int64_t row) { return std::ranges::binary_search(fitted_to, row); });
}

}  // namespace sonde::controls
