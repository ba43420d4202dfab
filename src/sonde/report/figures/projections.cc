// Rows as points: one picture each of the result's projections.
#include "sonde/report/figure_catalogue.h"
#include "sonde/report/scatter.h"

namespace sonde::report {
namespace {

std::vector<Figure> draw_all(const Reading& reading) {
  std::vector<Figure> figures;
  for (const result::Picture& picture : reading.result.pictures) {
    if (picture.size() > 0) figures.push_back(scatter_figure(picture));
  }
  return figures;
}

}  // namespace

extern const FigureRecord projections_entry;
const FigureRecord projections_entry = {
    .name = "projections", .summary = "rows as points: PCA, t-SNE, UMAP", .draw_all = draw_all};

}  // namespace sonde::report
