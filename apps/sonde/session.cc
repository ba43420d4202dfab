#include "sonde/session.h"

#include <fmt/chrono.h>
#include <fmt/core.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <new>
#include <system_error>
#include <thread>

#include "sonde/core/error.h"
#include "sonde/hub/fetch.h"
#include "sonde/progress_display.h"

namespace sonde::app {
namespace {

// Set by the signal handler, read by every queue of work.
std::atomic<bool> cancelled{false};
std::atomic<int> signal_number{0};

void on_signal(int number) {
  if (cancelled.exchange(true)) std::_Exit(128 + number);
  signal_number = number;
}

bool plain_for_shell(const std::string& text) {
  return !text.empty() && text.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                              "_-+=./:,@%") == std::string::npos;
}

std::string quoted(const std::string& text) {
  if (plain_for_shell(text)) return text;
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

bool wants_color(const std::string& choice) {
  if (choice != "auto") return choice == "always";
  const char* terminal = std::getenv("TERM");
  if (std::getenv("NO_COLOR") != nullptr || (terminal != nullptr && std::string_view(terminal) == "dumb"))
    return false;
  return isatty(STDOUT_FILENO) == 1;
}

// The variable by which the Hugging Face tools are asked to draw no bars.
bool wants_progress() {
  const char* off = std::getenv("HF_HUB_DISABLE_PROGRESS_BARS");
  return off == nullptr || *off == '\0' || std::string_view(off) == "0";
}

nlohmann::ordered_json to_json(const std::vector<result::Warning>& warnings) {
  auto list = nlohmann::ordered_json::array();
  for (const result::Warning& w : warnings) {
    list.push_back(
        {{"code", w.code}, {"message", w.message}, {"hint", w.hint}, {"affects_numbers", w.affects_numbers}});
  }
  return list;
}

// An unexpected exception as an Error, so that there is one way out.
Error as_error(const std::exception& failure) {
  if (const auto* error = dynamic_cast<const Error*>(&failure)) return *error;
  if (dynamic_cast<const std::bad_alloc*>(&failure) != nullptr) {
    return {ErrorCode::limit,
            {.what = "out of memory", .hint = "use fewer rows, fewer addresses or a pooling"}};
  }
  if (const auto* system = dynamic_cast<const std::system_error*>(&failure)) {
    return {ErrorCode::limit, {.what = system->what(), .hint = "is the disk full?"}};
  }
  return {ErrorCode::internal,
          {.what = failure.what(), .hint = "please report this with the command that led here"}};
}

}  // namespace

void watch_signals() {
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  // A closed pipe ends the program quietly through the failed write; a file-size limit becomes an ordinary
  // error.
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_IGN);
}

void flush_results() {
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return;
  throw Error(ErrorCode::limit,
              {.where = "standard output", .what = "cannot be written", .hint = "is the disk full?"});
}

std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= 0x20 && code != 0x7f) {
      line += c;
    } else {
      line += c == '\n'   ? std::string("\\n")
              : c == '\t' ? std::string("\\t")
                          : fmt::format("\\x{:02x}", code);
    }
  }
  return line;
}

int caught_signal() { return signal_number; }

Session::Session(CommonOptions options, std::vector<std::string> arguments)
    : options_(std::move(options)), arguments_(std::move(arguments)), color_(wants_color(options_.color)) {
  const bool on_terminal = isatty(STDERR_FILENO) == 1;
  if (options_.progress == "json") {
    progress_ = make_json_progress();
  } else if (options_.progress == "auto" && on_terminal && !options_.quiet && wants_progress()) {
    progress_ = make_line_progress();
  }
}

Session::~Session() = default;

RunContext Session::context(std::uint64_t seed) const {
  const int available = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return {.threads = options_.threads > 0 ? options_.threads : available,
          .seed = seed,
          .progress = progress_.get(),
          .cancel = &cancelled};
}

std::string Session::command_line() const {
  std::string line = "sonde";
  for (const std::string& argument : arguments_) {
    line += argument.starts_with("--") ? " \\\n  " : " ";
    line += quoted(argument);
  }
  return line;
}

std::string Session::created() const {
  std::time_t now = std::time(nullptr);
  if (const char* epoch = std::getenv("SOURCE_DATE_EPOCH"))
    now = static_cast<std::time_t>(std::strtoll(epoch, nullptr, 10));
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(now));
}

hub::Settings Session::hub() const {
  return hub::settings_from([](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  });
}

std::string Session::locate(const std::string& model, hub::ModelPart part) const {
  const hub::ModelLocation location = hub::locate_model(model, "", part, hub(), context());
  if (!location.note.empty()) warn({{.code = "hub", .message = location.note}});
  return location.path.string();
}

void Session::print(std::string_view text) const { fmt::print("{}\n", text); }

void Session::print_json(nlohmann::ordered_json body, const std::vector<result::Warning>& warnings) const {
  nlohmann::ordered_json object = {{"schema_version", 1}, {"status", "ok"}, {"warnings", to_json(warnings)}};
  object.update(body);
  fmt::print("{}\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void Session::say(std::string_view text) const {
  if (!options_.quiet) fmt::print(stderr, "{}\n", text);
}

void Session::warn(const std::vector<result::Warning>& warnings) const {
  for (const result::Warning& w : warnings) {
    fmt::print(stderr, "warning: {}{}\n", w.message, w.hint.empty() ? "" : fmt::format("; {}", w.hint));
  }
}

std::string Session::styled(std::string_view text, std::string_view style) const {
  if (!color_) return std::string(text);
  const char* code = style == "bold" ? "1" : style == "dim" ? "2" : style == "blue" ? "34;1" : "33";
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

int report_failure(const std::exception& failure, const CommonOptions& options) {
  const Error error = as_error(failure);
  const ErrorParts& parts = error.parts();
  if (options.json) {
    nlohmann::ordered_json object = {{"schema_version", 1},
                                     {"status", "error"},
                                     {"warnings", nlohmann::json::array()},
                                     {"error",
                                      {{"code", to_string(error.code())},
                                       {"message", error.what()},
                                       {"hint", parts.hint},
                                       {"path", parts.path},
                                       {"offset", nullptr}}}};
    if (parts.offset) object["error"]["offset"] = *parts.offset;
    fmt::print("{}\n", object.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print(stderr, "sonde: {}\n", error.what());
  }
  return caught_signal() != 0 ? 128 + caught_signal() : exit_code(error.code());
}

}  // namespace sonde::app
