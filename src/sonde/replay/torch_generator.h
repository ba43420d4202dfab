// torch's CPU generator: uniforms, normals, integers, permutations and Bernoulli draws with a tensor of
// probabilities. What torch hands to MKL (bernoulli_ and dropout with one probability) and its CUDA generator
// are not here.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sonde/replay/mt19937.h"

namespace sonde::replay {

/// torch.Generator().manual_seed(seed), or the global one after torch.manual_seed(seed).
/// Source: torch 2.15.0, ATen/CPUGeneratorImpl.cpp, ATen/core/DistributionsHelper.h,
/// ATen/native/cpu/DistributionTemplates.h and TensorFactories.cpp.
class TorchGenerator {
 public:
  /// As in torch, only the low 32 bits of the seed count.
  explicit TorchGenerator(std::uint64_t seed) : words_(static_cast<std::uint32_t>(seed)) {}

  /// Fill with floats in [from, to): rand, uniform_.
  void uniform(std::span<float> out, float from = 0, float to = 1);
  /// Fill with doubles in [from, to): rand and uniform_ of dtype float64.
  void uniform(std::span<double> out, double from = 0, double to = 1);
  /// Fill with normals: randn, normal_ on a contiguous tensor. From 16 floats on, torch's AVX2 code is
  /// followed, which is what runs on any x86-64 processor of the last decade.
  void normal(std::span<float> out, double mean = 0, double deviation = 1);
  void normal(std::span<double> out, double mean = 0, double deviation = 1);
  /// Draw an integer in [low, high): one element of randint or random_(low, high). `low` must be below
  /// `high`.
  std::int64_t randint(std::int64_t low, std::int64_t high);
  /// Draw `count` integers in [low, high): randint(low, high, (count,)).
  std::vector<std::int64_t> randint(std::int64_t low, std::int64_t high, std::int64_t count);
  /// Give a random order of 0 … n-1: randperm(n).
  std::vector<std::int64_t> randperm(std::int64_t n);
  /// Draw 0 or 1 with each probability: torch.bernoulli(p) of a float tensor.
  std::vector<std::uint8_t> bernoulli(std::span<const float> probabilities);

 private:
  double scalar_normal(double mean, double deviation);
  template <class T, class Transform>
  void fill_normal(std::span<T> out, Transform transform);

  Mt19937 words_;
  std::optional<double> second_normal_;
};

}  // namespace sonde::replay
