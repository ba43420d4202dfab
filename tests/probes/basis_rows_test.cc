// A basis of the user's own: the same rows from a file as from a rule give the same probe, which needs the
// file no longer once it is saved; a file that is no basis is refused by name and row.
#include "sonde/probes/basis_rows.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <limits>

#include "../files/scratch_folder.h"
#include "sonde/files/safetensors_writer.h"
#include "toy.h"

namespace sonde::probes {
namespace {

using files::error_of;
using testing::HasSubstr;

// 64 rows whose features are sines of their numbers 0 … 15.
struct Sines {
  Matrix features{64, 6};
  std::vector<double> targets;
  Sines() {
    for (std::int64_t i = 0; i < 64; ++i) {
      targets.push_back(static_cast<double>(i % 16));
      for (std::int64_t j = 0; j < 6; ++j)
        features.row(i)[j] =
            static_cast<float>(std::sin(targets.back() * (0.3 + 0.2 * static_cast<double>(j))));
    }
  }
  LabelledInput labelled() const {
    return {.input = ProbeInput::of_features(features.view()), .targets = targets};
  }
};

class BasisFile : public testing::Test {
 protected:
  std::string write(const std::string& name, std::vector<std::int64_t> shape, std::span<const float> values) {
    const std::vector tensors{files::float_tensor("rows", std::move(shape), values)};
    files::write_safetensors(folder_.path() / name, tensors, {}, files::Existing::replace);
    return (folder_.path() / name).string();
  }
  std::string write(const std::string& name, const Matrix& rows) {
    return write(name, {rows.rows(), rows.cols()},
                 {rows.data(), static_cast<std::size_t>(rows.rows() * rows.cols())});
  }
  static Error refused(const std::string& basis, nlohmann::json options = {}) {
    options["basis"] = basis;
    options["steps"] = 1;
    return error_of([&] { (void)make_probe("basis", options)->fit(Sines().labelled(), {}); });
  }
  files::ScratchFolder folder_;
};

TEST_F(BasisFile, GivesTheProbeOfTheRuleWhoseRowsItHolds) {
  const Sines sines;
  const std::string path =
      write("waves.safetensors", solvers::number_basis(solvers::NumberBasis::sinusoid, {0, 16}, 8));
  const auto fitted = [&](const std::string& basis) {
    return make_probe("basis", {{"basis", basis}, {"dim", 8}, {"latent", 5}, {"steps", 300}, {"lr", 0.02}})
        ->fit(sines.labelled(), {});
  };
  const auto own = fitted(path), ruled = fitted("sinusoid");
  const ProbeInput input = sines.labelled().input;
  EXPECT_EQ(values_of(own->scores(input)), values_of(ruled->scores(input)));
  EXPECT_EQ(values_of(own->scores(input))[3], 3) << "it learned something";
  const SavedProbe saved = own->save();
  EXPECT_EQ(saved.metadata["options"]["basis"], path);
  std::filesystem::remove(path);
  EXPECT_EQ(values_of(open_probe(saved)->scores(input)), values_of(own->scores(input)));
}

// Numbers of which only the file says how they are written: permuted one-hot rows decode none that was not
// trained on, rows of a line do.
TEST_F(BasisFile, DecodesThroughTheRowsItGives) {
  Sines line;
  for (std::int64_t i = 0; i < 64; ++i) {
    for (std::int64_t j = 0; j < 6; ++j)
      line.features.row(i)[j] = static_cast<float>((line.targets[i] - 7.5) / 8 * (j % 2 == 0 ? 1 : -1));
  }
  Matrix parabola(16, 2);  // what lies nearest in both columns wins
  for (std::int64_t x = 0; x < 16; ++x) {
    const double t = (static_cast<double>(x) - 7.5) / 8;
    parabola.row(x)[0] = static_cast<float>(t);
    parabola.row(x)[1] = static_cast<float>(t * t);
  }
  std::vector<std::int64_t> odd;
  for (std::int64_t i = 0; i < 64; ++i) {
    if (i % 16 != 5 && i % 16 != 10) odd.push_back(i);
  }
  Matrix seen(std::ssize(odd), 6);
  std::vector<double> numbers;
  for (std::size_t i = 0; i < odd.size(); ++i) {
    std::ranges::copy(line.features.row(odd[i]), seen.row(static_cast<std::int64_t>(i)).begin());
    numbers.push_back(line.targets[odd[i]]);
  }
  const auto fitted = make_probe("basis", {{"basis", write("line.safetensors", parabola)},
                                           {"steps", 4000},
                                           {"lr", 0.01},
                                           {"l1", 0},
                                           {"latent", 8}})
                          ->fit({.input = ProbeInput::of_features(seen.view()), .targets = numbers}, {});
  const Matrix said = fitted->scores(line.labelled().input);
  EXPECT_EQ(said.row(5)[0], 5);
  EXPECT_EQ(said.row(10)[0], 10);
}

TEST_F(BasisFile, RefusesWhatIsNoBasis) {
  Matrix rows(16, 3);
  const std::string good = write("good.safetensors", rows);
  EXPECT_THAT(refused(good, {{"range", "0:17"}}).what(), HasSubstr("17"));
  EXPECT_THAT(refused(good, {{"dim", 4}}).what(), HasSubstr("not the columns of the file"));
  EXPECT_THAT(refused(good, {{"range", "1:17"}}).what(), HasSubstr("the target of row 0 is no class"));
  rows.row(11)[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(refused(write("nan.safetensors", rows)).what(), HasSubstr("row 11"));
  EXPECT_THAT(refused(write("flat.safetensors", {48}, std::vector<float>(48))).what(),
              HasSubstr("rows [48]"));
  EXPECT_THAT(refused(write("one.safetensors", Matrix(1, 3))).what(), HasSubstr("at least two numbers"));
  EXPECT_EQ(refused((folder_.path() / "none.npy").string()).code(), ErrorCode::input);
  const Error unknown = refused("sinus");
  EXPECT_EQ(unknown.code(), ErrorCode::usage);
  EXPECT_THAT(unknown.what(), HasSubstr("onehot, or a file that ends in .npy or .safetensors"));
}

TEST_F(BasisFile, ReadsWholeNumbers) {
  const std::vector<std::int64_t> bits = {0, 0, 0, 1, 1, 0, 1, 1};
  const std::vector tensors{files::integer_tensor("bits", {4, 2}, bits)};
  files::write_safetensors(folder_.path() / "bits.safetensors", tensors, {});
  const BasisRows rows = basis_rows((folder_.path() / "bits.safetensors").string());
  EXPECT_EQ(values_of(rows.rows({0, 4}, 2)),
            values_of(solvers::number_basis(solvers::NumberBasis::binary, {0, 4}, 2)));
}

}  // namespace
}  // namespace sonde::probes
