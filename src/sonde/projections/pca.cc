// Principal components: the plane (or space) in which the rows spread most. Linear and exact; whitening and
// scaling are the caller's. Of some rows, the components may be those of more, from their sums. Source:
// Pearson 1901; signs as scikit-learn 1.9 fixes them.
#include "sonde/projections/checks.h"
#include "sonde/projections/projection.h"
#include "sonde/solvers/principal_components.h"

namespace sonde::projections {
namespace {

constexpr std::string_view kKind = "pca";

struct PcaOptions {
  template <class V>
  void fields(V&) {}
};

class Pca : public Projection {
 public:
  Projected project(MatrixView x, std::int64_t dims, const RunContext& context) const override {
    check_rows(kKind, x, dims);
    const ProgressStage stage(context, "pca", 1, "projections");
    return placed(x, solvers::principal_components(x, dims, context), context);
  }
  bool follows_from_sums() const override { return true; }
  Projected project_among(MatrixView x, const solvers::Moments& all, std::int64_t dims,
                          const RunContext& context) const override {
    check_rows(kKind, x, dims);
    const ProgressStage stage(context, "pca", 1, "projections");
    return placed(x, solvers::principal_components(all, dims, context), context);
  }
  std::string_view kind() const override { return kKind; }
  nlohmann::ordered_json options() const override { return options_to_json(PcaOptions{}); }

 private:
  static Projected placed(MatrixView x, const solvers::PrincipalComponents& found,
                          const RunContext& context) {
    const std::int64_t dims = found.count();
    const std::vector<double> along = solvers::along_components(x, found, context);
    Projected projected{.points = Matrix(x.rows, dims)};
    for (std::size_t i = 0; i < along.size(); ++i) projected.points.data()[i] = static_cast<float>(along[i]);
    std::vector<double> shares;
    for (const double variance : found.variances) shares.push_back(variance / found.total);
    projected.details = {{"explained_variance", found.variances},
                         {"explained_variance_ratio", shares},
                         {"total_variance", found.total}};
    context.advance(1);
    return projected;
  }
};

std::unique_ptr<Projection> make(const nlohmann::json& given) {
  PcaOptions options;
  assign_options("projection pca", given, options);
  return std::make_unique<Pca>();
}

}  // namespace

extern const ProjectionRecord pca_entry;
const ProjectionRecord pca_entry{
    .name = kKind,
    .title = "PCA",
    .summary = "the plane or space in which the rows vary most",
    .reading =
        "Distances are true within the picture; what lies outside it is not seen, and its share is what the "
        "explained variance leaves.",
    .source = "Pearson 1901",
    .options = [] { return field_records(PcaOptions{}); },
    .make = make};

}  // namespace sonde::projections
