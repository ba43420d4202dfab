// What a result tells of a probe that reads few columns.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "sonde/core/matrix.h"
#include "sonde/probes/probe.h"
#include "sonde/result/sparse_weights.h"

namespace sonde::study {

/// Describe the weights of a linear probe of two classes and the columns that it reads; an empty description
/// for any other probe and for one that leaves no column out.
/// Shapes: rows [n, d], labels [n].
result::SparseWeights describe_sparse(const probes::FittedProbe& probe, MatrixView rows,
                                      std::span<const std::int32_t> labels,
                                      std::span<const std::string> classes);

/// Count values into equal bins from the least to the largest, the last one closed.
/// Source: numpy 2.4.6 histogram; equal values lie in one of the bins of [v − ½, v + ½].
result::ValueHistogram histogram_of(std::span<const double> values, std::size_t bins);

}  // namespace sonde::study
