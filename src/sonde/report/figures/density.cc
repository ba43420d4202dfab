// The share of weights that are not zero against C.
#include "sonde/report/density_path.h"
#include "sonde/report/figure_catalogue.h"

namespace sonde::report {

extern const FigureRecord density_entry;
const FigureRecord density_entry = {
    "density", "share of weights kept along a sweep of C",
    [](const Reading& reading) { return draw_density(reading, DensityAxis::c); }};

}  // namespace sonde::report
