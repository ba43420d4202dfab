#include "sonde/report/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>

#include "sonde/report/chart_style.h"
#include "sonde/report/escape.h"
#include "sonde/report/marker.h"

namespace sonde::report {
namespace {

constexpr std::array<std::string_view, 3> kDashes = {"6 4", "2 4", "10 4"};

/// Coordinates with one decimal, without a trailing zero.
std::string at(double value) {
  std::string text = fmt::format("{:.1f}", value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text == "-0" ? "0" : text;
}

std::string class_fill(int index) { return index >= 0 && index < 5 ? fmt::format("k{}f", index) : "kxf"; }

struct TextPlace {
  double x = 0, y = 0;
  std::string_view css, anchor = "start";
};

/// Draws one figure; `out_` grows in painting order.
class Drawing {
 public:
  explicit Drawing(const Figure& figure) : f_(figure), l_(figure.layout) {}

  std::string draw(std::string_view head) {
    out_ = head;
    for (const Series& series : f_.series) marks_ += series.mark == Mark::points ? series.data.size() : 0;
    frame();
    for (const Series& series : f_.series) draw_series(series);
    axis_lines();
    rule_labels();
    for (const Callout& callout : f_.callouts) draw_callout(callout);
    for (const Note& note : f_.notes) {
      const bool left = note.side == Side::left;
      text({x(note.x) + (left ? -6 : 6), y(note.y) + 4, "halo", left ? "end" : "start"}, note.label);
    }
    draw_key();
    return out_ + "</svg>";
  }

 private:
  double right() const { return l_.width - l_.right; }
  double bottom() const { return l_.height - l_.bottom; }
  double x(double v) const { return l_.left + (right() - l_.left) * (v - f_.x.low) / (f_.x.high - f_.x.low); }
  double y(double v) const {
    return bottom() - (bottom() - l_.top) * (v - f_.y.low) / (f_.y.high - f_.y.low);
  }

  void text(const TextPlace& place, std::string_view words) {
    out_ += fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\" text-anchor=\"{}\">{}</text>", at(place.x),
                        at(place.y), place.css, place.anchor, escape_html(words));
  }
  void line(std::array<double, 4> p, std::string_view css, std::string_view more = "") {
    out_ += fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"{}/>", at(p[0]), at(p[1]),
                        at(p[2]), at(p[3]), css, more);
  }

  /// Grid, tick labels and axis names.
  void frame() {
    if (!f_.y.label.empty()) text({0, 14, "q3"}, f_.y.label);
    for (const Tick& tick : f_.y.ticks) {
      if (f_.y.grid) line({static_cast<double>(l_.left), y(tick.at), right(), y(tick.at)}, "grid");
      const double lift = tick.note.empty() ? 4 : -3;
      text({l_.left - 10.0, y(tick.at) + lift, label_class(f_.y, tick, "q3"), "end"}, tick.label);
      if (!tick.note.empty()) text({l_.left - 10.0, y(tick.at) + 13, "q3", "end"}, tick.note);
    }
    for (const Tick& tick : f_.x.ticks) {
      if (f_.x.grid) line({x(tick.at), static_cast<double>(l_.top), x(tick.at), bottom()}, "grid");
    }
  }

  static std::string_view label_class(const Axis& axis, const Tick& tick, std::string_view plain) {
    if (axis.addresses) return tick.strong ? "m st" : "m";
    return tick.strong ? "st" : plain;
  }

  void axis_lines() {
    if (f_.x.line) line({static_cast<double>(l_.left), bottom(), right(), bottom()}, "axis");
    for (const Tick& tick : f_.x.ticks) {
      if (f_.x.line) line({x(tick.at), bottom(), x(tick.at), bottom() + 5}, "axis");
      text({x(tick.at), bottom() + 21, label_class(f_.x, tick, "q3"), "middle"}, tick.label);
      if (!tick.note.empty()) text({x(tick.at), bottom() + 39, "q3", "middle"}, tick.note);
    }
    if (!f_.x.label.empty()) text({(l_.left + right()) / 2, l_.height - 2.0, "q3", "middle"}, f_.x.label);
  }

  void draw_series(const Series& series) {
    switch (series.mark) {
      case Mark::band:
        return draw_band(series);
      case Mark::line:
        return draw_line(series);
      case Mark::points:
        return draw_points(series);
      case Mark::interval:
        return draw_intervals(series);
      case Mark::rule:
        return draw_rules(series);
      case Mark::rects:
        return draw_rects(series);
    }
  }

  void draw_band(const Series& series) {
    std::string path;
    for (const Datum& d : series.data)
      path += fmt::format("{}{} {}", path.empty() ? 'M' : 'L', at(x(d.x)), at(y(d.y2)));
    for (auto d = series.data.rbegin(); d != series.data.rend(); ++d)
      path += fmt::format("L{} {}", at(x(d->x)), at(y(d->y)));
    if (!path.empty()) out_ += fmt::format("<path class=\"band\" d=\"{}Z\"/>", path);
  }

  void draw_line(const Series& series) {
    std::string path;
    bool pen_down = false;
    for (const Datum& d : series.data) {
      const bool here = std::isfinite(d.x) && std::isfinite(d.y);
      if (here) path += fmt::format("{}{} {}", pen_down ? 'L' : 'M', at(x(d.x)), at(y(d.y)));
      pen_down = here;
    }
    const std::string_view css = series.role == Role::validation  ? "val"
                                 : series.role == Role::train     ? "trn"
                                 : series.role == Role::reference ? "ideal"
                                                                  : "main";
    if (!path.empty()) out_ += fmt::format("<path class=\"{}\" d=\"{}\"/>", css, path);
  }

  void draw_points(const Series& series) {
    if (series.role == Role::class_member || series.role == Role::value) return draw_marks(series);
    const bool main = series.role == Role::main;
    const std::string_view css = series.role == Role::validation ? "vdot"
                                 : series.role == Role::train    ? "tdot"
                                 : series.role == Role::many     ? "dotn"
                                 : main                          ? "dotm"
                                                                 : "dotb";
    const double largest = series.data.size() > 40                                         ? 3.5
                           : series.role == Role::validation || series.role == Role::train ? 3.5
                                                                                           : 5;
    for (const Datum& d : series.data) {
      if (!std::isfinite(d.x) || !std::isfinite(d.y)) continue;
      const double radius = d.size < 1         ? 3 + 3.5 * std::sqrt(std::max(0.0, d.size))
                            : series.index > 0 ? 6.5
                                               : largest;
      out_ += fmt::format("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>", css, at(x(d.x)), at(y(d.y)),
                          at(radius));
    }
  }

  /// Points of a class or with a number, the smaller the more of them there are.
  void draw_marks(const Series& series) {
    const double radius = marks_ <= 300 ? 4.5 : marks_ <= 1500 ? 3.5 : 2.6;
    for (const Datum& d : series.data) {
      out_ += series.role == Role::value ? shade_marker(d.shade, x(d.x), y(d.y), radius)
                                         : class_marker(series.index, x(d.x), y(d.y), radius);
    }
  }

  /// The key stands at the right, line under line.
  void draw_key() {
    double here = l_.top + 8;
    const double left = right() + 22;
    if (!f_.key_title.empty()) text({left - 8, here, "st"}, f_.key_title);
    for (const KeyEntry& entry : f_.key) {
      here += std::isfinite(entry.shade) ? 14 : 22;
      out_ += std::isfinite(entry.shade) ? shade_marker(entry.shade, left, here, 5)
                                         : class_marker(entry.index, left, here, 5);
      text({left + 14, here + 4, ""},
           entry.sub.empty() ? entry.label : fmt::format("{}  {}", entry.label, entry.sub));
    }
  }

  void draw_intervals(const Series& series) {
    for (const Datum& d : series.data) {
      if (!std::isfinite(d.x2) || !std::isfinite(d.y2)) continue;
      line({x(d.x), y(d.y), x(d.x2), y(d.y2)}, series.role == Role::main ? "wh" : "whb");
    }
  }

  void draw_rules(const Series& series) {
    for (const Datum& d : series.data) {
      if (std::isfinite(d.y)) {
        const std::string dash = fmt::format(
            " stroke-dasharray=\"{}\"", kDashes[static_cast<std::size_t>(series.index) % kDashes.size()]);
        line({static_cast<double>(l_.left), y(d.y), right(), y(d.y)}, "base", dash);
        labels_.emplace(y(d.y), &d);
      } else if (std::isfinite(d.x)) {
        draw_upright(series, d);
      }
    }
  }

  void draw_upright(const Series& series, const Datum& d) {
    const bool moved = series.role == Role::limit && series.name == "threshold";
    const std::string ends =
        moved ? fmt::format(" data-from=\"{}\" data-to=\"{}\"", at(x(f_.x.low)), at(x(f_.x.high))) : "";
    const double top = moved ? 4 : l_.top;
    line({x(d.x), top, x(d.x), bottom()}, series.role == Role::limit ? "thl" : "ideal", ends);
    if (!d.label.empty()) {
      const bool left_side = x(d.x) > (l_.left + right()) / 2;
      text({x(d.x) + (left_side ? -6 : 6), l_.top + 11.0, "halo", left_side ? "end" : "start"}, d.label);
    }
  }

  /// Labels of horizontal rules at the right end, 34 apart.
  void rule_labels() {
    double last = -1e9;
    for (const auto& [height, datum] : labels_) {
      const double here = std::max(height, last + 34);
      text({right() + 12, here - 1, ""}, datum->label);
      text({right() + 12, here + 15, "st"}, datum->sub);
      last = here;
    }
  }

  void draw_rects(const Series& series) {
    int number = 0;
    for (const Datum& d : series.data) {
      const double left = std::min(x(d.x), x(d.x2)), top = std::min(y(d.y), y(d.y2));
      const double w = std::abs(x(d.x2) - x(d.x)), h = std::abs(y(d.y2) - y(d.y));
      if (series.role == Role::cell) {
        draw_cell(d, {left, top, w, h});
      } else if (h > 0) {
        const bool member = series.role == Role::class_member;
        const bool missed = member && d.label == "miss";
        const std::string bin =
            member ? fmt::format(" data-bin=\"{}\" data-class=\"{}\"", number, series.index) : "";
        out_ += fmt::format("<rect class=\"{}{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"1\"{}/>",
                            member ? class_fill(series.index) : "bar1", missed ? " miss" : "", at(left + 0.6),
                            at(top), at(std::max(1.0, w - 1.2)), at(h), bin);
      }
      ++number;
    }
  }

  void draw_cell(const Datum& d, std::array<double, 4> box) {
    const double shade = std::isfinite(d.shade) ? std::clamp(d.shade, 0.0, 1.0) : 0;
    out_ += fmt::format(
        "<rect class=\"cell\" fill-opacity=\"{:.3f}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
        "rx=\"5\"/>",
        0.06 + 0.94 * shade, at(box[0] + 2), at(box[1] + 2), at(box[2] - 4), at(box[3] - 4));
    const std::string_view css = shade > 0.55 ? "inv" : "st";
    const double middle = box[1] + box[3] / 2;
    if (box[2] < 28 || box[3] < 18) return;
    text({box[0] + box[2] / 2, d.sub.empty() || box[3] < 36 ? middle + 4 : middle - 2, css, "middle"},
         d.label);
    if (!d.sub.empty() && box[3] >= 36)
      text({box[0] + box[2] / 2, middle + 15, shade > 0.55 ? "inv2" : "", "middle"}, d.sub);
  }

  void draw_callout(const Callout& c) {
    const double here = x(c.x), above = y(c.text_y) - 8;
    const double inside = std::clamp(here, l_.left + 70.0, std::max(l_.left + 70.0, right() - 48.0));
    out_ += fmt::format("<circle class=\"ring\" cx=\"{}\" cy=\"{}\" r=\"9.5\"/>", at(here), at(y(c.y)));
    text({inside, above - 16, "st halo", "middle"}, c.label);
    text({inside, above, "halo", "middle"}, c.sub);
  }

  const Figure& f_;
  const Layout& l_;
  std::size_t marks_ = 0;  // points of all series
  std::multimap<double, const Datum*> labels_;
  std::string out_;
};

std::string open_tag(const Figure& figure, std::string_view more) {
  const Layout& l = figure.layout;
  return fmt::format(
      "<svg{} viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\" aria-label=\"{}\">", more,
      l.width, l.height, l.width, l.height, escape_html(figure.description));
}

}  // namespace

std::string draw_svg_for_page(const Figure& figure) { return Drawing(figure).draw(open_tag(figure, "")); }

std::string draw_svg_file(const Figure& figure) {
  // A margin on all sides, since in the page the drawing may reach over its edge.
  Figure framed = figure;
  const Layout& l = figure.layout;
  const std::string head = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-16 -16 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "role=\"img\" "
      "aria-label=\"{2}\"><style>{3}</style><rect class=\"page\" x=\"-16\" y=\"-16\" width=\"{0}\" "
      "height=\"{1}\"/>",
      l.width + 32, l.height + 32, escape_html(figure.description), light_chart_style());
  return Drawing(framed).draw(head) + "\n";
}

}  // namespace sonde::report
