#include "sonde/study/projecting.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <bit>
#include <numeric>
#include <sstream>

#include "sonde/core/error.h"
#include "sonde/report/picture_page.h"
#include "sonde/report/scatter.h"
#include "sonde/report/svg.h"
#include "sonde/study/feature_file.h"

namespace sonde::study {
namespace {

using result::Picture;

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string write_csv(const Picture& p) {
  std::string out = p.of == "tokens" ? "token" : "row";
  out += p.dims == 3 ? ",x,y,z" : ",x,y";
  const bool colour = !p.colored_by.empty() && p.colored_by != "position";
  if (colour) out += "," + csv_field(p.colored_by);
  if (!p.texts.empty()) out += ",text";
  out += "\n";
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    out += fmt::format("{},{},{}", p.rows[i], p.x[i], p.y[i]);
    if (p.dims == 3) out += fmt::format(",{}", p.z[i]);
    if (colour)
      out += "," + (p.labels.empty() ? fmt::format("{}", p.values[i]) : csv_field(p.classes[p.labels[i]]));
    if (!p.texts.empty()) out += "," + csv_field(p.texts[i]);
    out += "\n";
  }
  return out;
}

// Source: numpy.lib.format, version 1.0: magic, length of the header, a Python literal padded to 64 bytes.
std::string write_npy(const Picture& p) {
  std::string header =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", p.size(), p.dims);
  header.append(63 - (10 + header.size()) % 64, ' ').append("\n");
  std::string out("\x93NUMPY\x01\x00", 8);
  out += static_cast<char>(header.size() % 256);
  out += static_cast<char>(header.size() / 256);
  out += header;
  for (std::size_t i = 0; i < p.x.size(); ++i) {
    for (const double value : {p.x[i], p.y[i], p.dims == 3 ? p.z[i] : 0}) {
      const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
      for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(bits >> shift & 255);
    }
    if (p.dims == 2) out.resize(out.size() - 4);
  }
  return out;
}

std::string write_svg(const Picture& p) { return report::draw_svg_file(report::scatter_figure(p)); }
std::string write_png(const Picture& p) { return report::draw_png(report::scatter_figure(p)); }

struct Format {
  const char* ending;
  std::string (*write)(const Picture& picture);
};
constexpr Format kFormats[] = {{".html", report::picture_html},
                               {".svg", write_svg},
                               {".png", write_png},
                               {".csv", write_csv},
                               {".npy", write_npy}};

const Format& format_of(const std::filesystem::path& out) {
  for (const Format& format : kFormats) {
    if (out.extension() == format.ending) return format;
  }
  throw Error(ErrorCode::usage, {.where = out.empty() ? "--out" : out.string(),
                                 .what = out.empty() ? "no output file given" : "no format by this name",
                                 .expected = "a name that ends in .html, .svg, .png, .csv or .npy"});
}

// The examples to read: all, or of token rows the one text.
std::vector<std::int64_t> order_of(const FeatureFile& file, const ProjectionRequest& request,
                                   std::int64_t examples) {
  std::vector<std::int64_t> order(examples);
  std::iota(order.begin(), order.end(), 0);
  if (!file.has_tokens()) return order;
  const std::int64_t row = request.picture.row;
  if (examples > 1 && request.picture.of != "tokens") {
    throw Error(ErrorCode::usage, {.where = request.features.file,
                                   .what = fmt::format("holds the tokens of {} texts", examples),
                                   .expected = "one text in a picture",
                                   .hint = "name it with --row"});
  }
  if (row > examples) {
    throw Error(ErrorCode::usage, {.where = "--row",
                                   .what = "there is no such text",
                                   .got = std::to_string(row),
                                   .expected = fmt::format("1 to {}", examples)});
  }
  return {row - 1};
}

StoredFeatures the_one_tensor(std::vector<StoredFeatures> found) {
  if (found.size() == 1) return std::move(found.front());
  std::vector<std::string> names;
  for (const StoredFeatures& one : found) names.push_back(one.name);
  throw Error(ErrorCode::usage, {.where = "--at",
                                 .what = fmt::format("{} tensors of features", names.size()),
                                 .got = fmt::format("{}", fmt::join(names, ", ")),
                                 .expected = "one in a picture",
                                 .hint = "name one with --at"});
}

}  // namespace

Picture project(const ProjectionRequest& request, const RunContext& context) {
  const Format& format = format_of(request.out);
  if (request.existing == files::Existing::refuse && std::filesystem::exists(request.out)) {
    throw Error(ErrorCode::usage, {.where = request.out.string(),
                                   .what = "the file exists",
                                   .hint = "add --force to replace it, or choose another name",
                                   .path = request.out.string()});
  }
  FeaturesSpec features = request.features;
  const FeatureFile file(features);
  if (!request.labels_given && !file.has(features.labels)) features.labels.clear();
  data::Examples known;
  if (!features.labels.empty()) known = file.examples(features);
  const std::int64_t examples = file.rows(features);
  const std::vector<std::int64_t> order = order_of(file, request, examples);
  const StoredFeatures stored = the_one_tensor(file.features(features, order));
  PictureSpec spec = request.picture;
  PictureRows rows{.at = stored.name, .x = stored.values.view()};
  std::vector<std::string> texts;
  if (!stored.offsets.empty()) {
    spec.of = "tokens";
    texts = file.token_texts(order.front());
    rows.texts = texts;
  } else {
    spec.of = "examples";
    rows.classes = known.classes;
    rows.labels = known.labels;
    rows.values = known.targets;
    const std::filesystem::path labels = features.labels;
    const bool is_file = labels.extension() == ".npy" || labels.extension() == ".safetensors";
    rows.colored_by = is_file ? labels.stem().string() : features.labels;
  }
  Picture picture = draw_picture(rows, spec, context);
  picture.name = request.out.stem().string();
  files::write_file(request.out, format.write(picture), request.existing);
  return picture;
}

}  // namespace sonde::study
