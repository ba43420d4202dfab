// What a subcommand is: a name, a line of help, examples, its options, and what it does with a session.
#pragma once

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <functional>
#include <span>

#include "sonde/session.h"

namespace sonde::app {

/// Runs a command after its options were read.
using Action = std::function<void(Session& session)>;

/// One subcommand. Its file defines the record; commands.def names it.
struct Command {
  const char* name;
  const char* summary;   ///< one line
  const char* examples;  ///< runnable lines, each starting with two spaces
  /// Declare the options on `app` and give what runs afterwards.
  Action (*declare)(CLI::App& app);
};

/// Give all subcommands in the order of commands.def.
std::span<const Command* const> commands();

}  // namespace sonde::app
