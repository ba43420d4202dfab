#include "sonde/report/scatter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "sonde/report/marker.h"
#include "sonde/report/wording.h"

namespace sonde::report {
namespace {

using result::Picture;

constexpr double kAzimuth = 35 * std::numbers::pi / 180, kElevation = 22 * std::numbers::pi / 180;

// The middle of a coordinate, and half of the widest extent of all: one scale for all coordinates.
struct Frame {
  std::array<double, 3> middle{}, reach{};
  double half = 1;

  explicit Frame(const Picture& picture) {
    double widest = 0;
    const std::vector<double>* const columns[] = {&picture.x, &picture.y, &picture.z};
    for (std::size_t c = 0; c < 3; ++c) {
      if (columns[c]->empty()) continue;
      const auto [low, high] = std::ranges::minmax(*columns[c]);
      middle[c] = (low + high) / 2;
      reach[c] = (high - low) / 2;
      widest = std::max(widest, high - low);
    }
    if (widest > 0) half = widest / 2;
    for (double& one : reach) one /= half;
  }
  std::array<double, 3> cube(const Picture& p, std::size_t i) const {
    return {(p.x[i] - middle[0]) / half, (p.y[i] - middle[1]) / half, (p.z[i] - middle[2]) / half};
  }
};

// Where each point is drawn, and in which order.
struct Places {
  std::vector<double> x, y;
  std::vector<std::size_t> order;
};

Places places_of(const Picture& picture, const Frame& frame) {
  Places places{picture.x, picture.y, std::vector<std::size_t>(picture.x.size())};
  std::iota(places.order.begin(), places.order.end(), std::size_t{0});
  if (picture.dims != 3) return places;
  std::vector<double> depth(places.x.size());
  for (const std::size_t i : places.order) {
    const auto seen = seen_from_the_side(frame.cube(picture, i));
    places.x[i] = seen[0];
    places.y[i] = seen[1];
    depth[i] = seen[2];
  }
  std::ranges::stable_sort(places.order, {}, [&](std::size_t i) { return depth[i]; });  // the nearest on top
  return places;
}

// Points in their order; a series is a run of one class, so that no class covers another as a whole.
void add_points(const Picture& picture, const Places& places, Figure& figure) {
  double low = 0, high = 1;
  if (!picture.values.empty())
    std::tie(low, high) = std::pair(std::ranges::min(picture.values), std::ranges::max(picture.values));
  const bool classes = !picture.labels.empty();
  for (const std::size_t i : places.order) {
    const int index = classes ? static_cast<int>(picture.labels[i]) : 0;
    if (figure.series.empty() || figure.series.back().mark != Mark::points ||
        figure.series.back().index != index) {
      const Role role = classes ? Role::class_member : picture.values.empty() ? Role::many : Role::value;
      figure.series.push_back({Mark::points, role, "points", index, {}});
    }
    Datum datum{.x = places.x[i], .y = places.y[i]};
    if (!picture.values.empty()) datum.shade = high > low ? (picture.values[i] - low) / (high - low) : 0;
    figure.series.back().data.push_back(datum);
  }
}

void add_key(const Picture& picture, Figure& figure) {
  if (!picture.labels.empty()) {
    std::vector<std::int64_t> counts(picture.classes.size());
    for (const std::int64_t label : picture.labels) ++counts[label];
    for (std::size_t c = 0; c < counts.size() && c < kMarkers; ++c) {
      if (counts[c] > 0)
        figure.key.push_back(
            {.index = static_cast<int>(c), .label = picture.classes[c], .sub = count(counts[c])});
    }
    const auto others =
        std::accumulate(counts.begin() + std::min<std::ptrdiff_t>(kMarkers, std::ssize(counts)), counts.end(),
                        std::int64_t{0});
    if (others > 0) figure.key.push_back({.index = kMarkers, .label = "other classes", .sub = count(others)});
  } else if (!picture.values.empty()) {
    const auto [low, high] = std::ranges::minmax(picture.values);
    for (int step = 0; step < kShades; ++step) {
      KeyEntry entry{.index = step, .shade = (step + 0.5) / kShades};
      if (step == 0) entry.label = plain_number(low);
      if (step == kShades - 1) entry.label = plain_number(high);
      figure.key.push_back(entry);
    }
  }
  if (!figure.key.empty()) figure.key_title = picture.colored_by;
}

// Texts beside their points, wherever one fits without lying on another.
void add_texts(const Picture& picture, const Places& places, Figure& figure) {
  constexpr std::size_t kMost = 400;
  if (picture.texts.empty() || picture.texts.size() > kMost) return;
  struct Box {
    double left, right, low, high;
  };
  std::vector<Box> taken;
  const Layout& l = figure.layout;
  const double wide = (figure.x.high - figure.x.low) / (l.width - l.left - l.right);
  const double tall = (figure.y.high - figure.y.low) / (l.height - l.top - l.bottom);
  for (const std::size_t i : places.order) {
    const std::string& text = picture.texts[i];
    const double width = (10 + 7.0 * static_cast<double>(std::min<std::size_t>(text.size(), 18))) * wide;
    const Box box{places.x[i] + 4 * wide, places.x[i] + width, places.y[i] - 7 * tall,
                  places.y[i] + 7 * tall};
    const bool covered = std::ranges::any_of(taken, [&](const Box& other) {
      return box.left < other.right && other.left < box.right && box.low < other.high && other.low < box.high;
    });
    if (covered || box.right > figure.x.high) continue;
    taken.push_back(box);
    figure.notes.push_back({places.x[i], places.y[i], Side::right, text});
  }
}

// The three edges of the box of all points that meet in its far lower corner, with their names.
void add_edges(const Picture& picture, const Frame& frame, Figure& figure) {
  const std::array<double, 3> corner = {-frame.reach[0], frame.reach[1], -frame.reach[2]};
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<double, 3> end = corner;
    end[c] = -corner[c];
    const auto from = seen_from_the_side(corner), to = seen_from_the_side(end);
    figure.series.push_back(
        {Mark::line, Role::reference, "edge", 0, {{.x = from[0], .y = from[1]}, {.x = to[0], .y = to[1]}}});
    figure.notes.push_back({to[0], to[1], c == 0 ? Side::left : Side::right, coordinate_name(picture, c)});
  }
}

void add_axes(const Picture& picture, const Frame& frame, Figure& figure) {
  const Layout& l = figure.layout;
  const double width = l.width - l.left - l.right, height = l.height - l.top - l.bottom;
  if (picture.dims == 3) {
    // The box, seen from the side, fills the plot; names beside its edges need some room at the right.
    double right = 0, up = 0;
    for (int corner = 0; corner < 8; ++corner) {
      std::array<double, 3> place = frame.reach;
      for (int c = 0; c < 3; ++c) place[c] *= corner >> c & 1 ? 1 : -1;
      const auto seen = seen_from_the_side(place);
      right = std::max(right, std::abs(seen[0]));
      up = std::max(up, std::abs(seen[1]));
    }
    const double unit = 2.08 * std::max({1.15 * right / width, up / height, 1e-9});
    figure.x = {.low = -unit * width / 2, .high = unit * width / 2};
    figure.y = {.low = -unit * height / 2, .high = unit * height / 2};
    return;
  }
  // One scale on both axes: a distance is a distance in any direction.
  const auto [low_x, high_x] = std::ranges::minmax(picture.x);
  const auto [low_y, high_y] = std::ranges::minmax(picture.y);
  const double unit =
      1.08 * std::max({(high_x - low_x) / width, (high_y - low_y) / height, 1e-9 * frame.half});
  figure.x = {.label = coordinate_name(picture, 0),
              .low = frame.middle[0] - unit * width / 2,
              .high = frame.middle[0] + unit * width / 2,
              .line = !explained_shares(picture).empty()};
  figure.y = {.label = coordinate_name(picture, 1),
              .low = frame.middle[1] - unit * height / 2,
              .high = frame.middle[1] + unit * height / 2};
  if (explained_shares(picture).empty()) return;  // positions mean nothing, so none is named
  for (const double at : round_ticks(figure.x.low, figure.x.high, 6))
    figure.x.ticks.push_back({.at = at, .label = plain_number(at)});
  for (const double at : round_ticks(figure.y.low, figure.y.high, 5))
    figure.y.ticks.push_back({.at = at, .label = plain_number(at)});
}

std::string what_is_drawn(const Picture& picture) {
  const std::string noun = picture.of == "tokens" ? fmt::format("tokens of row {}", picture.row) : picture.of;
  std::string words = fmt::format("{} of {} {}", picture.title, count(picture.size()), noun);
  if (picture.available > picture.size())
    words += fmt::format(", drawn at random from {}", count(picture.available));
  if (!picture.at.empty()) words += fmt::format(", at {}", picture.at);
  return words;
}

}  // namespace

std::array<double, 3> seen_from_the_side(const std::array<double, 3>& place) {
  const double right = place[0] * std::cos(kAzimuth) - place[1] * std::sin(kAzimuth);
  const double away = place[0] * std::sin(kAzimuth) + place[1] * std::cos(kAzimuth);
  return {right, place[2] * std::cos(kElevation) + away * std::sin(kElevation),
          place[2] * std::sin(kElevation) - away * std::cos(kElevation)};
}

std::string coordinate_name(const Picture& picture, std::size_t coordinate) {
  const std::vector<double> shares = explained_shares(picture);
  if (coordinate >= shares.size()) return "";
  return fmt::format("component {} ({})", coordinate + 1, percent(shares[coordinate]));
}

std::string scatter_caption(const Picture& picture) {
  std::string caption = what_is_drawn(picture) + ".";
  const std::vector<double> shares = explained_shares(picture);
  if (!shares.empty()) {
    caption += fmt::format(" The {} explain {} of the variance.",
                           picture.dims == 3 ? "three components" : "two components",
                           percent(std::accumulate(shares.begin(), shares.end(), 0.0)));
  }
  if (!picture.reading.empty()) caption += " " + picture.reading;
  if (std::isfinite(picture.trust.value)) {
    caption += fmt::format(" Trustworthiness over {} neighbours: {}.", picture.trust.neighbours,
                           fixed(picture.trust.value, 3));
  }
  return caption;
}

Figure scatter_figure(const Picture& picture) {
  Figure figure;
  figure.name = picture.name;
  figure.description = what_is_drawn(picture);
  if (!picture.colored_by.empty()) figure.description += fmt::format(", coloured by {}", picture.colored_by);
  figure.layout = {.width = 800, .height = 520, .left = 56, .right = 150, .top = 26, .bottom = 48};
  if (explained_shares(picture).empty() || picture.dims == 3) figure.layout.left = 14;
  if (picture.labels.empty() && picture.values.empty()) figure.layout.right = 14;
  const Frame frame(picture);
  add_axes(picture, frame, figure);
  if (picture.dims == 3) add_edges(picture, frame, figure);
  const Places places = places_of(picture, frame);
  add_points(picture, places, figure);
  add_texts(picture, places, figure);
  add_key(picture, figure);
  return figure;
}

}  // namespace sonde::report
