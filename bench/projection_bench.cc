// Times one projection of a matrix, in the process alone, for bench/peers/projections.py.
//
//   projection_bench FEATURES.npy KIND[:option=value,…] DIMS THREADS SEED OUT.f32
//
// Prints one JSON object: seconds and what the projection says of itself; the points go to OUT as float32,
// row by row.
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include "sonde/core/error.h"
#include "sonde/files/container.h"
#include "sonde/files/convert.h"
#include "sonde/projections/projection.h"
#include "sonde/projections/trustworthiness.h"

namespace {

int run(int count, char** arguments) {
  if (count != 7) return 2;
  const auto file = sonde::files::open_tensors(arguments[1]);
  const sonde::files::TensorInfo& tensor = file->tensors().front();
  const std::vector<float> values = sonde::files::to_float(tensor);
  const sonde::MatrixView x{values.data(), tensor.shape.at(0), tensor.shape.at(1), tensor.shape.at(1)};
  const auto [kind, options] = sonde::parse_kind_and_options(arguments[2]);
  const auto projection = sonde::projections::make_projection(kind, options);
  const sonde::RunContext context{.threads = std::atoi(arguments[4]),
                                  .seed = static_cast<std::uint64_t>(std::atoi(arguments[5]))};
  const auto start = std::chrono::steady_clock::now();
  const sonde::projections::Projected projected = projection->project(x, std::atoi(arguments[3]), context);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  nlohmann::ordered_json said = {{"seconds", seconds.count()}, {"details", projected.details}};
  if (x.rows > 20)
    said["trustworthiness"] = sonde::projections::trustworthiness(x, projected.points.view(), 10, context);
  std::cout << said.dump() << std::endl;
  std::ofstream out(arguments[6], std::ios::binary);
  out.write(reinterpret_cast<const char*>(projected.points.data()),
            static_cast<std::streamsize>(projected.points.rows() * projected.points.cols() * sizeof(float)));
  return out ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  try {
    return run(count, arguments);
  } catch (const sonde::Error& error) {
    std::cerr << error.what() << '\n';
    return sonde::exit_code(error.code());
  }
}
