#include "sonde/solvers/logistic.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/solvers/sample_space_logistic.h"
#include "sonde/solvers/smooth_logistic.h"
#include "sonde/solvers/sparse_logistic.h"

namespace sonde::solvers {
namespace {

void check_problem(const LogisticProblem& problem) {
  SONDE_ASSERT(problem.x != nullptr && problem.classes >= 2 && problem.c > 0);
  SONDE_ASSERT(problem.l1_ratio >= 0 && problem.l1_ratio <= 1);
  const auto n = static_cast<std::size_t>(problem.x->rows());
  SONDE_ASSERT(problem.labels.size() == n);
  SONDE_ASSERT(problem.sample_weights.empty() || problem.sample_weights.size() == n);
  for (const std::int32_t label : problem.labels) SONDE_ASSERT(label >= 0 && label < problem.classes);
}

// Who solves a problem, and what it can share with others: problems with equal groups are solved together.
enum class Method { sparse, sample_space, smooth };

Method method_for(const LogisticProblem& problem) {
  if (problem.l1_ratio > 0) return Method::sparse;
  return fits_sample_space(problem) ? Method::sample_space : Method::smooth;
}

std::vector<LogisticSolution> solve_group(Method method, std::span<const LogisticProblem> problems,
                                          const RunContext& context) {
  if (method == Method::sample_space) return solve_in_sample_space(problems, context);
  if (method == Method::smooth) return solve_smooth(problems, context);
  std::vector<LogisticSolution> solutions(problems.size());
  run_queue(context, static_cast<std::int64_t>(problems.size()), [&](int, std::int64_t i) {
    solutions[i] = solve_sparse_path(problems[i], std::span(&problems[i].c, 1)).front();
  });
  return solutions;
}

// Indices of the problems of each group, in the order in which groups first occur.
std::vector<std::vector<std::size_t>> groups_of(std::span<const LogisticProblem> problems) {
  using Key = std::tuple<Method, const Design*, const ColumnStatistics*>;
  std::map<Key, std::size_t> place;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < problems.size(); ++i) {
    const Key key{method_for(problems[i]), problems[i].x, problems[i].scaler};
    const auto [found, is_new] = place.emplace(key, groups.size());
    if (is_new) groups.emplace_back();
    groups[found->second].push_back(i);
  }
  return groups;
}

}  // namespace

LogisticSolution solve_logistic(const LogisticProblem& problem) {
  return solve_logistic(std::span(&problem, 1), {}).front();
}

std::vector<LogisticSolution> solve_logistic(std::span<const LogisticProblem> problems,
                                             const RunContext& context) {
  for (const LogisticProblem& problem : problems) check_problem(problem);
  const std::vector<std::vector<std::size_t>> groups = groups_of(problems);
  std::vector<LogisticSolution> solutions(problems.size());
  RunContext inner = context;
  inner.progress = nullptr;
  const auto solve = [&](std::size_t g) {
    std::vector<LogisticProblem> members;
    for (const std::size_t i : groups[g]) members.push_back(problems[i]);
    std::vector<LogisticSolution> solved = solve_group(method_for(members.front()), members, inner);
    for (std::size_t i = 0; i < solved.size(); ++i) solutions[groups[g][i]] = std::move(solved[i]);
    context.advance(static_cast<std::int64_t>(solved.size()));
  };
  if (static_cast<int>(groups.size()) < context.threads) {  // threads inside a group instead
    for (std::size_t g = 0; g < groups.size(); ++g) solve(g);
  } else {
    inner.threads = 1;
    run_queue(context, static_cast<std::int64_t>(groups.size()),
              [&](int, std::int64_t g) { solve(static_cast<std::size_t>(g)); });
  }
  return solutions;
}

std::vector<LogisticSolution> solve_path(const LogisticProblem& problem, std::span<const double> grid,
                                         const RunContext& context) {
  if (grid.empty()) return {};
  std::vector<LogisticProblem> problems(grid.size(), problem);
  for (std::size_t i = 0; i < grid.size(); ++i) {
    problems[i].c = grid[i];
    check_problem(problems[i]);
  }
  return problem.l1_ratio > 0 ? solve_sparse_path(problem, grid) : solve_logistic(problems, context);
}

std::vector<double> balanced_class_weights(std::span<const std::int32_t> labels, int classes) {
  std::vector<double> weights(static_cast<std::size_t>(classes));
  for (const std::int32_t label : labels) ++weights[label];
  for (double& weight : weights) weight = static_cast<double>(labels.size()) / (classes * weight);
  return weights;
}

void probabilities(std::span<const double> margins, std::span<double> out) {
  if (margins.size() == 1) {
    out[0] = 1 / (1 + std::exp(margins[0]));
    out[1] = 1 / (1 + std::exp(-margins[0]));
    return;
  }
  const double most = *std::max_element(margins.begin(), margins.end());
  double sum = 0;
  for (std::size_t c = 0; c < margins.size(); ++c) sum += (out[c] = std::exp(margins[c] - most));
  for (double& p : out) p /= sum;
}

}  // namespace sonde::solvers
