// What a result says of the recipe it came from: a published study, run as published with its slips or as
// corrected. Plain values only.
#pragma once

#include <string>
#include <vector>

#include "sonde/result/values.h"

namespace sonde::result {

/// Something that the published study does and that changes what its numbers mean.
struct Slip {
  std::string title;      ///< one phrase
  std::string published;  ///< what the published study does, and what follows
  std::string corrected;  ///< what is done instead
};

/// A probe's score in one edition.
struct EditionScore {
  std::string at, probe, variant;
  Interval value;  ///< of OtherEdition::metric, on test
};

/// The other edition of the same study, run on the same model and data.
struct OtherEdition {
  std::string edition;  ///< published or corrected; empty when it was not run
  std::string metric;
  std::string report;  ///< relative to the run folder
  std::vector<EditionScore> scores;
  EditionScore best;
};

/// A recipe as it was run. Its name is empty for a study that is none.
struct Recipe {
  std::string name;
  std::string title;    ///< of the study
  std::string source;   ///< where it was published
  std::string edition;  ///< published or corrected
  std::vector<Slip> slips;
  OtherEdition other;
};

}  // namespace sonde::result
