// What controls question: a probe with the rows it is fitted to and judged on, divided once or into folds.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sonde/core/gather.h"
#include "sonde/metrics/predictions.h"
#include "sonde/probes/probe.h"

namespace sonde::controls {

/// What rows are alike in, for the control task: rows of one type get one random label.
enum class TypeKind {
  token,  ///< the token that a row stands for
  text,   ///< the text
  group,  ///< the group of the row, where groups cross the split
  row,    ///< nothing: every row is a type of its own
};

/// One division of the rows into those fitted to, those that choose options, and those judged.
struct Division {
  std::vector<std::int64_t> train, valid, test;  ///< rows, ascending; valid may be empty
};

/// What rows are to be fitted to and judged by: classes or numbers. Shapes: [n]; the other one is empty.
struct Truth {
  std::vector<std::int32_t> labels;
  std::vector<double> targets;
};

/// The probe that is questioned, and its data. Holds views.
struct Subject {
  const probes::Probe* probe = nullptr;
  probes::LabelledInput rows;            ///< all n, with their classes, or with their numbers alone
  std::span<const std::int64_t> groups;  ///< [n] rows of one group belong together; or empty
  std::span<const std::int64_t> types;   ///< [n] what rows are alike in; empty: nothing
  TypeKind type_kind = TypeKind::row;
  std::vector<Division> divisions;                 ///< one; of folds one each, which judge every row once
  std::vector<const probes::FittedProbe*> fitted;  ///< [divisions] to the real labels
  std::string metric = "accuracy";

  metrics::Task task() const {
    return rows.targets.empty() ? metrics::Task::classes : metrics::Task::numbers;
  }
  int classes() const { return static_cast<int>(rows.classes.size()); }  ///< 0 for numbers
  Truth truth() const {
    return {{rows.labels.begin(), rows.labels.end()}, {rows.targets.begin(), rows.targets.end()}};
  }
  /// Give the rows of all test parts, division after division.
  std::vector<std::int64_t> judged() const;
  /// Give the rows that some division fits to, ascending.
  std::vector<std::int64_t> trained() const;
  /// Give what a probe of no fold is fitted to: of folds all rows but the first one's validation part. No
  /// test part.
  Division whole() const;
  /// Tell whether a judged row is also fitted to, as in folds.
  bool judges_what_it_fits() const;
};

}  // namespace sonde::controls
