#include "sonde/report/picture_page.h"

#include <fmt/format.h>

#include "sonde/report/content_policy.h"
#include "sonde/report/escape.h"
#include "sonde/report/marker.h"
#include "sonde/report/page/embedded.h"
#include "sonde/report/scatter.h"
#include "sonde/report/svg.h"
#include "sonde/report/template.h"

namespace sonde::report {
namespace {

using Json = nlohmann::ordered_json;

Json script_data(const result::Picture& picture) {
  Json data;
  const Json whole = result::to_json(picture);
  for (const char* key : {"of", "x", "y", "z", "rows", "classes", "labels", "values", "colored_by", "texts"})
    data[key] = whole[key];
  data["axes"] = Json::array();
  for (std::size_t c = 0; c < 3; ++c) data["axes"].push_back(coordinate_name(picture, c));
  // The marks of the key, drawn once, here.
  data["marks"] = Json::array();
  for (int index = 0; index <= kMarkers; ++index)
    data["marks"].push_back(fmt::format("<svg viewBox=\"0 0 14 14\" aria-hidden=\"true\">{}</svg>",
                                        class_marker(index, 7, 7, 5)));
  return data;
}

}  // namespace

std::string picture_html(const result::Picture& picture) {
  const Figure figure = scatter_figure(picture);
  const std::string style = std::string(page_css()) + std::string(picture_css());
  const bool solid = picture.dims == 3;
  const Json view = {
      {"title", figure.description},
      {"description", figure.description},
      {"caption", scatter_caption(picture)},
      {"colored_by", picture.colored_by},
      {"has_texts", !picture.texts.empty()},
      {"how", solid ? "Drag or arrow keys turn, with Shift move; wheel or + and − zoom; 0 resets."
                    : "Drag or arrow keys move; wheel or + and − zoom; 0 resets."},
      {"svg", draw_svg_for_page(figure)},
      {"style", style},
      {"script", std::string(picture_js())},
      {"style_hash", policy_hash(style)},
      {"script_hash", policy_hash(picture_js())},
      {"data", script_json(script_data(picture))}};
  return fill_template(picture_html(), view);
}

}  // namespace sonde::report
