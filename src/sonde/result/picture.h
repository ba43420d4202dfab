// A picture of rows as points: what was drawn, where each point is, what colours it, how to read it. The same
// record stands in a result and goes to `sonde project`'s files. Plain values only.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sonde/result/values.h"

namespace sonde::result {

/// How far a picture can be trusted.
struct Trust {
  double value = kNaN;          ///< trustworthiness, 0 to 1
  std::int64_t neighbours = 0;  ///< over so many
};

/// Points and what is known of each. Shapes: x, y, rows [n]; z, labels, values, texts [n] or empty.
struct Picture {
  std::string name;             ///< file name without ending
  std::string how;              ///< kind of projection: pca, tsne, umap
  std::string title;            ///< as it is written in text: "t-SNE"
  std::string reading;          ///< how to read it, and how not to
  std::string at;               ///< address, or name of the tensor
  std::string of = "examples";  ///< or tokens, of one text
  std::int64_t row = 0;         ///< tokens: 1-based row of the text
  std::int64_t dims = 2;
  std::int64_t available = 0;  ///< rows that there were; more than n: a random sample was drawn
  nlohmann::ordered_json options = nlohmann::ordered_json::object();
  nlohmann::ordered_json details = nlohmann::ordered_json::object();
  Trust trust;
  std::vector<double> x, y, z;
  std::vector<std::int64_t> rows;  ///< 1-based: rows of the data, or positions in the text
  std::vector<std::string> classes;
  std::vector<std::int64_t> labels;  ///< into classes
  std::vector<double> values;        ///< numbers that colour the points, where no classes do
  std::string colored_by;            ///< what labels or values are: a column, or "position"
  std::vector<std::string> texts;    ///< of tokens

  std::int64_t size() const { return static_cast<std::int64_t>(x.size()); }
};

/// Give the share of the variance that each coordinate explains; empty unless the picture knows it.
std::vector<double> explained_shares(const Picture& picture);

/// Give one picture as JSON, as it stands in a result.
nlohmann::ordered_json to_json(const Picture& picture);

}  // namespace sonde::result
