// The program: reads the command line, hands a session to one subcommand, turns failures into messages and
// exit codes.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "sonde/command.h"
#include "sonde/core/error.h"
#include "sonde/core/nearest.h"
#include "sonde/core/version.h"
#include "sonde/kernels/simd.h"
#include "sonde/study/describe.h"

namespace sonde::app {

#define SONDE_ENTRY(name) extern const Command name##_command;
#include "sonde/commands.def"
#undef SONDE_ENTRY

std::span<const Command* const> commands() {
  static const std::array kCommands = {
#define SONDE_ENTRY(name) &name##_command,
#include "sonde/commands.def"
#undef SONDE_ENTRY
  };
  return kCommands;
}

namespace {

constexpr const char* kExitCodes =
    "Exit codes:\n"
    "  0 done · 1 a negative answer · 2 usage or config · 3 input refused · 4 limit reached (memory, disk, "
    "time)\n"
    "  5 network or hub · 6 stopped, can be run again · 70 internal bug · 130, 143 signals\n";

void add_common(CLI::App& app, CommonOptions& options) {
  app.add_flag("--json", options.json, "print one JSON object instead of a table")->group("Common options");
  app.add_flag("--quiet,-q", options.quiet, "say nothing on standard error but warnings and errors")
      ->group("Common options");
  app.add_option("--threads", options.threads, "workers; never changes a result (default: all cores)")
      ->check(CLI::Range(1, 1024))
      ->group("Common options");
  app.add_option("--progress", options.progress, "auto, json or off")
      ->check(CLI::IsMember({"auto", "json", "off"}))
      ->group("Common options");
  app.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}))
      ->group("Common options");
}

[[noreturn]] void refuse_word(const CLI::App& app, const std::string& word, std::vector<std::string> known) {
  const bool option = word.starts_with("-");
  throw Error(ErrorCode::usage, {.where = app.get_parent() == nullptr ? "" : app.get_name(),
                                 .what = fmt::format("unknown {} '{}'", option ? "option" : "argument", word),
                                 .hint = did_you_mean(word, known)});
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

void print_version(const CommonOptions& options) {
  if (!options.json) return fmt::print("sonde {}\n", version());
  nlohmann::ordered_json object = {
      {"schema_version", 1}, {"status", "ok"}, {"warnings", nlohmann::json::array()}};
  for (const auto& [name, value] : study::versions()) object[name] = value;
  object["simd"] = kernels::simd_level();
  fmt::print("{}\n", object.dump(2));
}

// The program with its subcommands; parsing and running are two steps, so that no command runs on half a
// line.
class Program {
 public:
  Program(int argc, char** argv)
      : app_("Sonde opens a language model and tells what each part of it knows.", "sonde") {
    // Known before parsing, so that a refused command line is reported the way it asks for.
    options_.json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
    app_.require_subcommand(0, 1);
    app_.allow_extras();
    app_.set_help_flag("-h,--help", "print this and leave");
    app_.add_flag("--version", version_, "print the version and leave (with --json: how it was built)");
    app_.footer(std::string("\n") + kExitCodes + "\nsonde COMMAND --help tells more, with examples.");
    add_common(app_, options_);
    for (const Command* command : commands()) declare(*command);
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp&) {
      const auto chosen = app_.get_subcommands();
      fmt::print("{}", chosen.empty() ? app_.help() : chosen.front()->help());
      return 0;
    } catch (const CLI::ParseError& failure) {
      throw Error(ErrorCode::usage, {.what = failure.what(), .hint = "try --help"});
    }
    if (version_) return print_version(options_), 0;
    const auto chosen = app_.get_subcommands();
    check_extras(chosen);
    if (chosen.empty()) {
      fmt::print(stderr, "{}", app_.help());
      return exit_code(ErrorCode::usage);
    }
    Session session(options_, {argv + 1, argv + argc});
    actions_.at(chosen.front()->get_name())(session);
    return 0;
  }

  const CommonOptions& options() const { return options_; }

 private:
  void declare(const Command& command) {
    CLI::App* sub = app_.add_subcommand(command.name, command.summary);
    sub->allow_extras();
    sub->footer(fmt::format("\nExamples:\n{}", command.examples));
    actions_[command.name] = command.declare(*sub);
    add_common(*sub, options_);
  }

  void check_extras(const std::vector<CLI::App*>& chosen) const {
    if (chosen.empty()) {
      if (app_.remaining().empty()) return;
      std::vector<std::string> known = option_names(app_);
      for (const Command* command : commands()) known.emplace_back(command->name);
      refuse_word(app_, app_.remaining().front(), known);
    }
    if (!chosen.front()->remaining().empty()) {
      refuse_word(*chosen.front(), chosen.front()->remaining().front(), option_names(*chosen.front()));
    }
  }

  CLI::App app_;
  CommonOptions options_;
  bool version_ = false;
  std::map<std::string, Action> actions_;
};

}  // namespace
}  // namespace sonde::app

int main(int argc, char** argv) {
  sonde::app::watch_signals();
  sonde::app::Program program(argc, argv);
  try {
    const int code = program.run(argc, argv);
    sonde::app::flush_results();
    return code;
  } catch (const std::exception& failure) {
    return sonde::app::report_failure(failure, program.options());
  }
}
