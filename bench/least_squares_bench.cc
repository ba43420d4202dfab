// Solves one regression for all its targets as streaming does and prints what it took as one JSON line: rows
// go by in blocks into moments, then the normal equations are factored, solved, and corrected by a second
// pass. peers/probes/least_squares.py times it against scikit-learn and torch. Reading the file does not
// count.
//
//   least_squares_bench FEATURES.safetensors ALPHA [REPEATS] [THREADS] [WEIGHTS]
//
// FEATURES holds `x` [n, d] float32 and `y` [n, targets]. WEIGHTS is written with the answer, float64, each
// target's d weights and its bias.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/files/convert.h"
#include "sonde/files/tensor_file.h"
#include "sonde/solvers/least_squares.h"
#include "sonde/solvers/moment_sum.h"

namespace sonde {
namespace {

// Rows that come at once, as a forward pass gives them.
constexpr std::int64_t kRowsAtOnce = 1024;

class Clock {
 public:
  double seconds() {
    const auto now = std::chrono::steady_clock::now();
    const double passed = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return passed;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

solvers::RegressionSolution solve(const solvers::RegressionRows& rows,
                                  const solvers::RegressionOptions& options, const RunContext& context,
                                  nlohmann::ordered_json& line) {
  Clock clock;
  const MatrixView& x = rows.x;
  solvers::MomentSum sum({.columns = x.cols, .targets = rows.target_count});
  for (std::int64_t first = 0; first < x.rows; first += kRowsAtOnce) {
    const std::int64_t count = std::min(kRowsAtOnce, x.rows - first);
    sum.add({{x.data + first * x.stride, count, x.cols, x.stride},
             rows.targets.subspan(first * rows.target_count, count * rows.target_count),
             {}},
            context);
  }
  const solvers::Moments moments = sum.take(context);
  const double in_moments = clock.seconds();
  solvers::NormalEquations equations(moments, options, context);
  solvers::RegressionSolution solution = equations.solve(context);
  const double in_solve = clock.seconds();
  equations.refine(rows, solution, context);
  const double in_refinement = clock.seconds();
  line["seconds"].push_back(in_moments + in_solve + in_refinement);
  line["parts"].push_back({in_moments, in_solve, in_refinement});
  line["method"] = solvers::to_string(solution.method);
  line["correction"] = solution.correction;
  return solution;
}

int run(const std::vector<std::string>& arguments) {
  const auto file = files::open_tensors(arguments[0]);
  const files::TensorInfo& features = file->at("x");
  Matrix x(features.shape[0], features.shape[1]);
  std::ranges::copy(files::to_float(features), x.data());
  const files::TensorInfo& numbers = file->at("y");
  const std::vector<float> values = files::to_float(numbers);
  const std::vector<double> y(values.begin(), values.end());
  const solvers::RegressionOptions options{.alpha = std::stod(arguments[1])};
  const int repeats = arguments.size() > 2 ? std::stoi(arguments[2]) : 5;
  const RunContext context{.threads = arguments.size() > 3 ? std::stoi(arguments[3]) : 1};
  const solvers::RegressionRows rows{x.view(), y, numbers.shape[1]};
  nlohmann::ordered_json line = {{"alpha", options.alpha}, {"threads", context.threads}};
  solvers::RegressionSolution solution;
  for (int i = 0; i < repeats; ++i) solution = solve(rows, options, context, line);
  if (arguments.size() > 4) {
    std::ofstream out(arguments[4], std::ios::binary);
    const auto d = static_cast<std::int64_t>(x.cols());
    for (std::int64_t t = 0; t < rows.target_count; ++t) {
      out.write(reinterpret_cast<const char*>(solution.weights.data() + t * d),
                d * static_cast<std::int64_t>(sizeof(double)));
      out.write(reinterpret_cast<const char*>(&solution.bias[t]), sizeof(double));
    }
  }
  std::cout << line.dump() << "\n";
  return 0;
}

}  // namespace
}  // namespace sonde

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 2) {
    std::cerr << "usage: least_squares_bench FEATURES.safetensors ALPHA [REPEATS] [THREADS] [WEIGHTS]\n";
    return 2;
  }
  try {
    return sonde::run(arguments);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
