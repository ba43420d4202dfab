// The section of pictures: each with its caption, which says how to read it.
#include <fmt/format.h>

#include "sonde/report/scatter.h"
#include "sonde/report/svg.h"
#include "sonde/report/view.h"

namespace sonde::report {

void view_pictures(const Reading& reading, nlohmann::ordered_json& view) {
  nlohmann::ordered_json pictures = nlohmann::ordered_json::array();
  for (const result::Picture& picture : reading.result.pictures) {
    if (picture.size() == 0) continue;
    pictures.push_back({{"number", fmt::format("Picture {}", pictures.size() + 1)},
                        {"svg", draw_svg_for_page(scatter_figure(picture))},
                        {"caption", scatter_caption(picture)}});
  }
  view["has_pictures"] = !pictures.empty();
  view["pictures"] = std::move(pictures);
}

}  // namespace sonde::report
