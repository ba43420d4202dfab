// A picture as data: marks on two axes, each with the role it plays. It knows no colour, no font and no file
// format; renderers do (svg.h, plotly.h).
#pragma once

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace sonde::report {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// What is drawn for each datum of a series.
enum class Mark {
  band,      ///< area between y and y2 along x
  line,      ///< polyline through (x, y)
  points,    ///< disc at (x, y), area in proportion to size
  interval,  ///< straight stroke from (x, y) to (x2, y2)
  rule,      ///< line across the whole plot: at y when x is none, at x when y is none
  rects,     ///< rectangle from (x, y) to (x2, y2), with up to two lines of text
};

/// What a series is for; renderers choose colour, dash and marker from it. `many`: the measure in so many
/// points that they overlap.
/// `value`: points coloured by Datum::shade.
enum class Role { main, baseline, validation, train, reference, limit, class_member, cell, many, value };

/// One value to draw. What a mark does not use stays none.
struct Datum {
  double x = kNone, y = kNone, x2 = kNone, y2 = kNone;
  double size = 1;       ///< points: area relative to the largest, 0 to 1
  double shade = kNone;  ///< cells: 0 to 1
  std::string label, sub;
};

/// Data of one kind with one role.
struct Series {
  Mark mark = Mark::line;
  Role role = Role::main;
  std::string name;
  int index = 0;  ///< class number, or number of the baseline: picks colour or dash
  std::vector<Datum> data;
};

/// A labelled position on an axis.
struct Tick {
  double at = 0;
  std::string label, note;
  bool strong = false;
};

/// One axis. `low` may be larger than `high`; then it runs the other way.
struct Axis {
  std::string label;
  double low = 0, high = 1;
  std::vector<Tick> ticks;
  bool grid = false, line = false;
  bool addresses = false;  ///< tick labels are addresses: code type
};

/// The one datum that the text talks about: a ring and two lines.
struct Callout {
  double x = kNone, y = kNone;  ///< of the ring
  double text_y = kNone;        ///< above what the lines stand
  std::string label, sub;
};

/// Where a note stands to its place.
enum class Side { left, right };

/// Words inside the plot.
struct Note {
  double x = kNone, y = kNone;
  Side side = Side::right;
  std::string label;
};

/// One line of the key at the right: the mark of a class, or of a step of the scale when `shade` is there.
struct KeyEntry {
  int index = 0;
  double shade = kNone;
  std::string label, sub;
};

/// Space in pixels at scale 1.
struct Layout {
  int width = 800, height = 400;
  int left = 46, right = 134, top = 44, bottom = 52;
};

/// A picture as data.
struct Figure {
  std::string name;         ///< file name without ending
  std::string description;  ///< reads the values to whoever cannot see them
  Axis x, y;
  std::vector<Series> series;
  std::vector<Callout> callouts;
  std::vector<Note> notes;
  std::string key_title;
  std::vector<KeyEntry> key;
  Layout layout;
};

/// Choose round positions between `low` and `high`, about `count` of them.
std::vector<double> round_ticks(double low, double high, int count);

}  // namespace sonde::report
