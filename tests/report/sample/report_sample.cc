// Writes the report of a result.json to a folder: report_sample RESULT.json FOLDER [--no-texts]. For the
// browser tests.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sonde/core/error.h"
#include "sonde/report/report.h"

int main(int argc, char** argv) {
  if (argc < 3) return std::fputs("usage: report_sample RESULT.json FOLDER [--no-texts]\n", stderr), 2;
  try {
    std::ifstream in(argv[1], std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto result = sonde::result::from_json(nlohmann::ordered_json::parse(text));
    const std::filesystem::path folder = argv[2];
    sonde::report::ReportOptions options{.run_name = "runs/sentiment"};
    if (argc > 3) options.row_texts = sonde::report::RowTexts::left_out;
    sonde::report::write_report(
        result,
        [&](std::string_view path, std::string_view bytes) {
          std::filesystem::create_directories((folder / path).parent_path());
          std::ofstream(folder / path, std::ios::binary)
              .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        },
        options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
  return 0;
}
