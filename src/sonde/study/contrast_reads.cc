#include "sonde/study/contrast_reads.h"

#include <algorithm>

#include "sonde/fitting/prompts.h"

namespace sonde::study {

ContrastReads::ContrastReads(std::vector<FeatureSet> sets, std::span<const ProbeChoice> probes)
    : sets_(std::move(sets)) {
  std::vector<std::string> reads;
  for (const ProbeChoice& probe : probes) {
    fitting::check_read(probe.read);
    if (!probe.read.empty() && std::ranges::find(reads, probe.read) == reads.end())
      reads.push_back(probe.read);
  }
  const std::size_t raw = sets_.size();
  for (const std::string& read : reads) {
    for (std::size_t i = 0; i < raw; ++i) {
      if (sets_[i].prompts > 1) add(FeatureSet(sets_[i]), read);
    }
  }
}

void ContrastReads::add(const FeatureSet& set, const std::string& read) {
  FeatureSet plain = set;
  plain.prompts = 1;
  plain.read = read;
  if (read == fitting::kDifference) {
    differences_.push_back(fitting::prompt_difference(set.values, set.prompts));
    plain.values = differences_.back().view();
  }
  sets_.push_back(std::move(plain));
}

}  // namespace sonde::study
