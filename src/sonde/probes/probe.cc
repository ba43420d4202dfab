#include "sonde/probes/probe.h"

#include <algorithm>
#include <array>

#include "sonde/core/catalogue.h"

namespace sonde::probes {

#define SONDE_ENTRY(name) extern const ProbeRecord name##_entry;
#include "sonde/probes/list.def"
#undef SONDE_ENTRY

std::span<const ProbeRecord* const> probe_records() {
#define SONDE_ENTRY(name) &name##_entry,
  static constexpr std::array records{
#include "sonde/probes/list.def"
  };
#undef SONDE_ENTRY
  return records;
}

const ProbeRecord& probe_record(std::string_view kind) {
  return record_named(kind, probe_records(), "probe", "kind");
}

std::unique_ptr<Probe> make_probe(std::string_view kind, const nlohmann::json& options) {
  return probe_record(kind).make(options);
}

std::unique_ptr<FittedProbe> open_probe(const SavedProbe& saved) {
  const auto kind = saved.metadata.find("kind");
  if (kind == saved.metadata.end() || !kind->is_string()) {
    throw Error(ErrorCode::input, {.where = "saved probe", .what = "the metadata names no kind of probe"});
  }
  try {
    return probe_record(kind->get<std::string>()).open(saved);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorCode::input,
                {.where = "saved probe", .what = "metadata that cannot be read", .got = error.what()});
  }
}

std::vector<std::int32_t> predicted_classes(MatrixView scores) {
  std::vector<std::int32_t> classes;
  for (std::int64_t i = 0; i < scores.rows; ++i) {
    const std::span<const float> row = scores.row(i);
    classes.push_back(static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin()));
  }
  return classes;
}

std::vector<std::unique_ptr<FittedProbe>> Probe::fit_all(const ProbeInput& input,
                                                         std::span<const LabelSet> sets,
                                                         const RunContext& context) const {
  std::vector<std::unique_ptr<FittedProbe>> fitted(sets.size());
  RunContext inner = context;  // each fit on one thread: the queue already fills the cores
  inner.threads = 1;
  inner.progress = nullptr;
  run_queue(context, static_cast<std::int64_t>(sets.size()), [&](int, std::int64_t i) {
    fitted[i] = fit({input, sets[i].labels, sets[i].classes, sets[i].targets}, inner);
    context.advance(1);
  });
  return fitted;
}

}  // namespace sonde::probes
