#include "sonde/solvers/moments.h"

#include <algorithm>
#include <cmath>

#include "sonde/core/error.h"
#include "sonde/solvers/vectors.h"

namespace sonde::solvers {
namespace {

std::vector<double> difference(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> result(a);
  add_scaled(result, -1, b);
  return result;
}

// factor · (means apart)(means apart)ᵀ on the products with targets.
void add_between(double factor, const std::vector<double>& x, const std::vector<double>& y, Moments& to) {
  const std::size_t d = x.size(), targets = y.size();
  for (std::size_t t = 0; t < targets; ++t) {
    add_scaled(std::span(to.cross).subspan(t * d, d), factor * y[t], x);
    add_scaled(std::span(to.target_gram).subspan(t * targets, targets), factor * y[t], y);
  }
}

// gram += sign · (other + distance · distanceᵀ).
void combine_grams(SymmetricMatrix& gram, const SymmetricMatrix& other, double sign,
                   std::span<const double> distance) {
  for (std::int64_t i = 0; i < gram.size(); ++i) {
    const std::span<double> row(gram.row(i) + i, gram.row(i) + gram.size());
    add_scaled(row, sign, {other.row(i) + i, row.size()});
    add_scaled(row, sign * distance[i], distance.subspan(i));
  }
}

void scale(std::vector<double>& values, double factor) {
  for (double& value : values) value *= factor;
}

}  // namespace

Moments::Moments(const MomentShape& given, SymmetricMatrix products)
    : shape(given),
      mean(given.columns),
      gram(std::move(products)),
      target_mean(given.targets),
      cross(given.targets * given.columns),
      target_gram(given.targets * given.targets),
      class_count(given.classes),
      class_sum(given.classes * given.columns) {}

std::vector<double> Moments::merge_means(const Moments& other) {
  SONDE_ASSERT(shape.columns == other.shape.columns && shape.targets == other.shape.targets);
  const double own = static_cast<double>(count), more = static_cast<double>(other.count);
  const double weight = own * more / (own + more);
  std::vector<double> apart = difference(other.mean, mean);
  const std::vector<double> targets_apart = difference(other.target_mean, target_mean);
  add_scaled(cross, 1, other.cross);
  add_scaled(target_gram, 1, other.target_gram);
  add_between(weight, apart, targets_apart, *this);
  add_scaled(mean, more / (own + more), apart);
  add_scaled(target_mean, more / (own + more), targets_apart);
  count += other.count;
  if (other.precision == MomentPrecision::float32_strips) precision = other.precision;
  scale(apart, std::sqrt(weight));
  return apart;
}

void Moments::merge(const Moments& other) {
  SONDE_ASSERT(shape.classes == other.shape.classes);
  if (other.count == 0) return;
  const std::vector<double> distance = merge_means(other);
  combine_grams(gram, other.gram, 1, distance);
  add_scaled(class_sum, 1, other.class_sum);
  for (std::size_t c = 0; c < class_count.size(); ++c) class_count[c] += other.class_count[c];
}

void Moments::subtract(const Moments& other) {
  SONDE_ASSERT(other.count <= count && shape.columns == other.shape.columns);
  if (other.count == 0) return;
  if (other.count == count) {
    *this = Moments(shape);
    return;
  }
  const double less = static_cast<double>(other.count), rest = static_cast<double>(count) - less;
  const double weight = less * rest / (less + rest);
  // Means of the rest, and their distance from those of what goes.
  add_scaled(mean, less / rest, difference(mean, other.mean));
  add_scaled(target_mean, less / rest, difference(target_mean, other.target_mean));
  std::vector<double> apart = difference(other.mean, mean);
  add_scaled(cross, -1, other.cross);
  add_scaled(target_gram, -1, other.target_gram);
  add_between(-weight, apart, difference(other.target_mean, target_mean), *this);
  scale(apart, std::sqrt(weight));
  combine_grams(gram, other.gram, -1, apart);
  add_scaled(class_sum, -1, other.class_sum);
  for (std::size_t c = 0; c < class_count.size(); ++c) class_count[c] -= other.class_count[c];
  count -= other.count;
}

}  // namespace sonde::solvers
