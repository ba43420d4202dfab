// sonde fetch: a model or files of a repository, from a hub into the cache that the Hugging Face tools share.
#include "sonde/hub/fetch.h"

#include <fmt/core.h>

#include <memory>

#include "sonde/command.h"
#include "sonde/core/error.h"

namespace sonde::app {
namespace {

struct Options {
  std::string id;
  std::string revision;
  std::vector<std::string> patterns;
};

hub::Repository model_of(const Options& options) {
  if (const auto repository = hub::parse_model_id(options.id)) return *repository;
  throw Error(ErrorCode::usage,
              {.where = options.id,
               .what = "not a hub id",
               .expected = "OWNER/NAME, OWNER/NAME@REVISION or hf://datasets/OWNER/NAME/PATH",
               .hint = "every repository has an owner, as in openai-community/gpt2"});
}

hub::Fetched fetch(const Options& options, const Session& session) {
  std::vector<std::string> patterns = options.patterns;
  hub::Repository repository;
  if (hub::is_data_address(options.id)) {
    hub::DataAddress address = hub::parse_data_address(options.id);
    repository = std::move(address.repository);
    if (!address.path.empty()) patterns.push_back(std::move(address.path));
    if (patterns.empty()) {
      throw Error(ErrorCode::usage, {.where = options.id,
                                     .what = "no file of the dataset is named",
                                     .hint = "add its path to the address, or use --file PATTERN"});
    }
  } else {
    repository = model_of(options);
  }
  if (!options.revision.empty()) repository.revision = options.revision;
  if (patterns.empty())
    return hub::fetch_model(repository, hub::ModelPart::whole, session.hub(), session.context());
  return hub::fetch_files(repository, patterns, session.hub(), session.context());
}

void run(const Options& options, Session& session) {
  const hub::Fetched fetched = fetch(options, session);
  std::vector<result::Warning> warnings;
  if (!fetched.note.empty()) warnings.push_back({.code = "hub", .message = fetched.note});
  std::int64_t downloaded = 0;
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const hub::SnapshotFile& file : fetched.files) {
    downloaded += file.fetched;
    files.push_back({{"name", file.name},
                     {"path", file.path.string()},
                     {"bytes", file.bytes},
                     {"cached", file.fetched == 0}});
  }
  if (session.json()) {
    return session.print_json({{"id", fetched.repository.id},
                               {"kind", hub::to_string(fetched.repository.kind)},
                               {"revision", fetched.repository.revision},
                               {"commit", fetched.commit},
                               {"folder", fetched.folder.string()},
                               {"files", files},
                               {"bytes_downloaded", downloaded}},
                              warnings);
  }
  session.warn(warnings);
  session.print(fetched.folder.string());
  session.say(fmt::format("{} files, {:.1f} MB fetched; {} at {}", fetched.files.size(),
                          static_cast<double>(downloaded) / 1e6, fetched.repository.id, fetched.commit));
}

Action declare(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("id", options->id, "OWNER/NAME of a model, or hf://datasets/OWNER/NAME/PATH")->required();
  app.add_option("--revision", options->revision, "branch, tag or commit (default main)");
  app.add_option(
         "--file", options->patterns,
         "fetch files of these names in place of what a model needs; `*` within a folder, `**` across; "
         "repeatable")
      ->allow_extra_args(false);
  return [options](Session& session) { run(*options, session); };
}

}  // namespace

extern const Command fetch_command;
const Command fetch_command = {"fetch", "fetch a model or files of a repository from the hub into the cache",
                               "  sonde fetch sentence-transformers/all-MiniLM-L6-v2\n"
                               "  sonde fetch HuggingFaceTB/SmolLM2-135M --revision main --json\n"
                               "  sonde fetch 'hf://datasets/stanfordnlp/imdb/plain_text/*.parquet'\n",
                               declare};

}  // namespace sonde::app
