#include "sonde/replay/torch_generator.h"

#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <utility>

#include "sonde/core/error.h"
#include "sonde/replay/torch_box_muller.h"

namespace sonde::replay {
namespace {

float unit_float(Mt19937& words) { return static_cast<float>(words.next() & 0xffffff) * 0x1.0p-24f; }

double unit_double(Mt19937& words) {
  return static_cast<double>(words.next64() & 0x1fffffffffffff) * 0x1.0p-53;
}

float unit(Mt19937& words, float) { return unit_float(words); }
double unit(Mt19937& words, double) { return unit_double(words); }

// A rounding that reaches the upper end starts again at the lower one.
template <class T>
void fill_uniform(Mt19937& words, std::span<T> out, T from, T to) {
  for (T& value : out) {
    value = std::fma(unit(words, T{}), to - from, from);
    if (value == to) value = from;
  }
}

}  // namespace

void TorchGenerator::uniform(std::span<float> out, float from, float to) {
  fill_uniform(words_, out, from, to);
}

void TorchGenerator::uniform(std::span<double> out, double from, double to) {
  fill_uniform(words_, out, from, to);
}

// Two at a time; the second waits for the next call, also one of another dtype.
double TorchGenerator::scalar_normal(double mean, double deviation) {
  double value = 0;
  if (second_normal_) {
    value = *std::exchange(second_normal_, std::nullopt);
  } else {
    const double u = unit_double(words_), v = unit_double(words_);
    const double radius = std::sqrt(-2.0 * std::log1p(-v)), angle = 2.0 * std::numbers::pi * u;
    second_normal_ = radius * std::sin(angle);
    value = radius * std::cos(angle);
  }
  return std::fma(value, deviation, mean);
}

// Uniforms for all, sixteen transformed at a time; a rest is made good by drawing the last sixteen anew.
template <class T, class Transform>
void TorchGenerator::fill_normal(std::span<T> out, Transform transform) {
  fill_uniform<T>(words_, out, 0, 1);
  const std::size_t rest = out.size() % 16;
  for (std::size_t i = 0; i + 16 <= out.size(); i += 16) transform(out.data() + i);
  if (rest == 0) return;
  const std::span<T> last = out.last(16);
  fill_uniform<T>(words_, last, 0, 1);
  transform(last.data());
}

void TorchGenerator::normal(std::span<float> out, double mean, double deviation) {
  if (out.size() < 16) {
    for (float& value : out) value = static_cast<float>(scalar_normal(mean, deviation));
    return;
  }
  const TorchNormal<float> normal{static_cast<float>(mean), static_cast<float>(deviation)};
  fill_normal(out, [&](float* sixteen) { torch_box_muller(sixteen, normal); });
}

void TorchGenerator::normal(std::span<double> out, double mean, double deviation) {
  if (out.size() < 16) {
    for (double& value : out) value = scalar_normal(mean, deviation);
    return;
  }
  const TorchNormal<double> normal{mean, deviation};
  fill_normal(out, [&](double* sixteen) { torch_box_muller(sixteen, normal); });
}

std::int64_t TorchGenerator::randint(std::int64_t low, std::int64_t high) {
  SONDE_ASSERT(low < high);
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  const std::uint64_t word = range >= (std::uint64_t{1} << 28) ? words_.next64() : words_.next();
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + word % range);
}

std::vector<std::int64_t> TorchGenerator::randint(std::int64_t low, std::int64_t high, std::int64_t count) {
  std::vector<std::int64_t> drawn(count);
  for (std::int64_t& value : drawn) value = randint(low, high);
  return drawn;
}

std::vector<std::int64_t> TorchGenerator::randperm(std::int64_t n) {
  std::vector<std::int64_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  if (n < std::numeric_limits<std::uint32_t>::max() / 20) {
    for (std::int64_t i = 0; i < n - 1; ++i) std::swap(order[i], order[i + words_.next() % (n - i)]);
  } else {
    for (std::int64_t i = 0; i < n; ++i) std::swap(order[i], order[words_.next64() % (i + 1)]);
  }
  return order;
}

std::vector<std::uint8_t> TorchGenerator::bernoulli(std::span<const float> probabilities) {
  std::vector<std::uint8_t> drawn;
  for (const float p : probabilities) drawn.push_back(unit_float(words_) < p ? 1 : 0);
  return drawn;
}

}  // namespace sonde::replay
