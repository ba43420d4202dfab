// The share of weights that are not zero against the strength of the penalty, 1/C, on a log scale.
#include "sonde/report/density_path.h"
#include "sonde/report/figure_catalogue.h"

namespace sonde::report {

extern const FigureRecord density_by_penalty_entry;
const FigureRecord density_by_penalty_entry = {
    "density_by_penalty", "share of weights kept along 1/C, log scale",
    [](const Reading& reading) { return draw_density(reading, DensityAxis::penalty); }};

}  // namespace sonde::report
