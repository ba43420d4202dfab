#include "sonde/probes/basis_rows.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "sonde/core/error.h"
#include "sonde/files/convert.h"

namespace sonde::probes {
namespace {

constexpr std::int64_t kMostCells = std::int64_t{1} << 30;  // 4 GiB

void require_room(std::int64_t numbers, std::int64_t columns) {
  if (columns <= kMostCells / numbers) return;
  throw Error(ErrorCode::limit, {.where = "probe basis",
                                 .what = "the basis does not fit",
                                 .got = fmt::format("{} numbers of {} columns", numbers, columns),
                                 .expected = fmt::format("at most {} cells", kMostCells),
                                 .hint = "give a smaller range or dim"});
}

void require_equal(const char* option, const char* what, std::int64_t got, std::int64_t expected) {
  if (got == expected) return;
  throw Error(ErrorCode::usage, {.where = fmt::format("probe basis, option '{}'", option),
                                 .what = what,
                                 .got = std::to_string(got),
                                 .expected = std::to_string(expected),
                                 .hint = fmt::format("leave {} out", option)});
}

const files::TensorInfo& the_matrix(const files::TensorFile& file) {
  if (file.tensors().size() == 1) {
    const files::TensorInfo& tensor = file.tensors().front();
    if (tensor.shape.size() == 2 && tensor.shape[0] >= 2 && tensor.shape[1] >= 1) return tensor;
  }
  std::string held;
  for (const files::TensorInfo& tensor : file.tensors())
    held += fmt::format("{}{} {}", held.empty() ? "" : ", ", tensor.name, files::shape_text(tensor.shape));
  throw Error(ErrorCode::input, {.where = file.path().string(),
                                 .what = "not the rows of a basis",
                                 .got = held.empty() ? "no tensor" : held,
                                 .expected = "one matrix [numbers, columns] of at least two numbers",
                                 .path = file.path().string()});
}

Matrix read_rows(const std::string& path) {
  const std::shared_ptr<const files::TensorFile> file = files::open_tensors(path);
  const files::TensorInfo& tensor = the_matrix(*file);
  require_room(tensor.shape[0], tensor.shape[1]);
  Matrix rows(tensor.shape[0], tensor.shape[1]);
  if (files::is_integer(tensor.dtype)) {
    std::ranges::transform(files::to_integers(tensor), rows.data(),
                           [](std::int64_t value) { return static_cast<float>(value); });
  } else {
    files::to_float(tensor, {rows.data(), static_cast<std::size_t>(rows.rows() * rows.cols())});
  }
  for (std::int64_t i = 0; i < rows.rows(); ++i) {
    if (std::ranges::all_of(rows.row(i), [](float value) { return std::isfinite(value); })) continue;
    throw Error(ErrorCode::input, {.where = fmt::format("{}, row {}", path, i),
                                   .what = "values that are NaN or infinite",
                                   .expected = "finite numbers",
                                   .path = path});
  }
  return rows;
}

}  // namespace

std::int64_t BasisRows::columns(solvers::NumberRange range, std::int64_t asked, std::int64_t width) const {
  if (own_ == nullptr) {
    const std::int64_t columns = asked > 0 ? asked : solvers::natural_dim(rule_, range, width);
    require_room(range.count(), columns);
    return columns;
  }
  require_equal("range", "not as many numbers as the file has rows", range.count(), own_->rows());
  if (asked > 0) require_equal("dim", "not the columns of the file", asked, own_->cols());
  return own_->cols();
}

Matrix BasisRows::rows(solvers::NumberRange range, std::int64_t columns) const {
  if (own_ == nullptr) return solvers::number_basis(rule_, range, columns);
  Matrix copy(own_->rows(), own_->cols());
  std::copy_n(own_->data(), own_->rows() * own_->cols(), copy.data());
  return copy;
}

BasisRows basis_rows(const std::string& option) {
  if (const std::optional<solvers::NumberBasis> rule = solvers::basis_named(option)) return BasisRows(*rule);
  return BasisRows(read_rows(option));
}

}  // namespace sonde::probes
