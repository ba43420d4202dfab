#include "sonde/study/picture.h"

#include <fmt/core.h>

#include <algorithm>
#include <numeric>

#include "sonde/core/error.h"
#include "sonde/core/random.h"
#include "sonde/projections/projection.h"
#include "sonde/projections/trustworthiness.h"

namespace sonde::study {
namespace {

constexpr std::int64_t kNeighbours = 10;

// Float32 in as many digits as it takes to read the same again.
double shortest(float value) { return std::stod(fmt::format("{}", value)); }

Matrix gathered(MatrixView x, std::span<const std::int64_t> chosen) {
  Matrix rows(std::ssize(chosen), x.cols);
  for (std::int64_t i = 0; i < rows.rows(); ++i)
    std::copy_n(x.row(chosen[i]).data(), x.cols, rows.row(i).data());
  return rows;
}

template <class T, class From>
std::vector<T> picked(From all, std::span<const std::int64_t> chosen) {
  std::vector<T> some;
  if (all.empty()) return some;
  for (const std::int64_t i : chosen) some.push_back(static_cast<T>(all[i]));
  return some;
}

void colour(const PictureRows& rows, std::span<const std::int64_t> chosen, result::Picture& picture) {
  picture.texts = picked<std::string>(rows.texts, chosen);
  picture.colored_by = rows.colored_by;
  if (!rows.labels.empty()) {
    picture.classes.assign(rows.classes.begin(), rows.classes.end());
    picture.labels = picked<std::int64_t>(rows.labels, chosen);
  } else if (!rows.values.empty()) {
    picture.values = picked<double>(rows.values, chosen);
  } else if (picture.of == "tokens") {
    picture.values.assign(picture.rows.begin(), picture.rows.end());
    picture.colored_by = "position";
  } else {
    picture.colored_by.clear();
  }
}

}  // namespace

std::vector<std::int64_t> drawn_rows(std::int64_t available, std::int64_t most, std::uint64_t seed) {
  std::vector<std::int64_t> chosen(available);
  std::iota(chosen.begin(), chosen.end(), 0);
  if (available <= most) return chosen;
  chosen = RandomStream(seed, "picture rows").permutation(available);
  chosen.resize(most);
  std::ranges::sort(chosen);
  return chosen;
}

PictureSpec read_picture(const nlohmann::json& entry) {
  PictureSpec spec;
  nlohmann::json own = nlohmann::json::object();
  const std::vector<FieldRecord> known = field_records(spec);
  for (const auto& [key, value] : entry.items()) {
    const bool is_own = std::ranges::find(known, key, &FieldRecord::name) != known.end();
    (is_own ? own : spec.options)[key] = value;
  }
  assign_options("[[pictures]]", own, spec);
  projections::make_projection(spec.how, spec.options);
  return spec;
}

PictureSpec parse_picture(std::string_view text) {
  auto [kind, options] = parse_kind_and_options(text);
  options["how"] = kind;
  return read_picture(options);
}

std::vector<PictureSpec> take_pictures(const nlohmann::json& study, nlohmann::json& report) {
  std::vector<PictureSpec> pictures;
  const auto refuse = [](const char* where, const char* expected) {
    throw Error(ErrorCode::usage, {.where = where, .what = "not a list of pictures", .expected = expected});
  };
  nlohmann::json shared = nlohmann::json::object();
  for (const auto& [from, to] : {std::pair{"projections_at", "at"}, {"dims", "dims"}}) {
    if (!report.contains(from)) continue;
    shared[to] = report[from];
    report.erase(from);
  }
  const nlohmann::json names = report.value("projections", nlohmann::json::array());
  report.erase("projections");
  if (!names.is_array()) refuse("[report] projections", "[\"pca\", \"tsne\"]");
  for (const nlohmann::json& name : names) {
    if (!name.is_string()) refuse("[report] projections", "[\"pca\", \"tsne\"]");
    auto [kind, options] = parse_kind_and_options(name.get<std::string>());
    options.update(shared);
    options["how"] = kind;
    pictures.push_back(read_picture(options));
  }
  const nlohmann::json entries = study.value("pictures", nlohmann::json::array());
  if (!entries.is_array()) refuse("pictures", "[[pictures]] with `how`");
  for (const nlohmann::json& entry : entries) {
    if (!entry.is_object() || !entry.contains("how")) refuse("pictures", "[[pictures]] with `how`");
    pictures.push_back(read_picture(entry));
  }
  return pictures;
}

nlohmann::ordered_json pictures_to_json(std::span<const PictureSpec> pictures) {
  auto list = nlohmann::ordered_json::array();
  for (const PictureSpec& spec : pictures) {
    nlohmann::ordered_json entry = options_to_json(spec);
    entry.update(projections::make_projection(spec.how, spec.options)->options());
    list.push_back(std::move(entry));
  }
  return list;
}

result::Picture draw_picture(const PictureRows& rows, const PictureSpec& spec, const RunContext& context) {
  const auto projection = projections::make_projection(spec.how, spec.options);
  const projections::ProjectionRecord& record = projections::projection_record(spec.how);
  result::Picture picture{.how = spec.how,
                          .title = std::string(record.title),
                          .reading = std::string(record.reading),
                          .at = rows.at,
                          .of = spec.of,
                          .row = spec.of == "tokens" ? spec.row : 0,
                          .dims = spec.dims,
                          .available = rows.available > 0 ? rows.available : rows.x.rows,
                          .options = projection->options()};
  const bool all = spec.of == "tokens" || rows.available > 0;
  const std::vector<std::int64_t> chosen =
      drawn_rows(rows.x.rows, all ? rows.x.rows : spec.rows, context.seed);
  const Matrix x = gathered(rows.x, chosen);
  for (const std::int64_t i : chosen) picture.rows.push_back(rows.rows.empty() ? i + 1 : rows.rows[i]);
  projections::Projected projected = rows.all != nullptr
                                         ? projection->project_among(x.view(), *rows.all, spec.dims, context)
                                         : projection->project(x.view(), spec.dims, context);
  std::vector<double>* const columns[] = {&picture.x, &picture.y, &picture.z};
  for (std::int64_t c = 0; c < spec.dims; ++c) {
    for (std::int64_t i = 0; i < x.rows(); ++i) columns[c]->push_back(shortest(projected.points.row(i)[c]));
  }
  picture.details = std::move(projected.details);
  if (x.rows() > 2 * kNeighbours) {
    picture.trust = {projections::trustworthiness(x.view(), projected.points.view(), kNeighbours, context),
                     kNeighbours};
  }
  colour(rows, chosen, picture);
  return picture;
}

}  // namespace sonde::study
