// One HTTP exchange as the rest of the room sees it: a request, a response, a body that arrives in pieces.
// Follows no redirect, tries nothing twice and knows no hub.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "sonde/core/run_context.h"
#include "sonde/hub/settings.h"

namespace sonde::hub {

/// What is asked for.
enum class Method { head, get };

/// How long a body may take.
enum class Patience {
  reply,  ///< small: a whole time limit
  body,   ///< large: as long as bytes keep coming
};

/// One request. Always asks for the bytes as they are, never packed.
struct Request {
  Method method = Method::get;
  std::string url;
  std::string token;       ///< empty: none is sent
  std::int64_t first = 0;  ///< first byte wanted; above 0 a Range is asked for
  Patience patience = Patience::reply;
};

/// Status and headers of an answer.
struct Response {
  int status = 0;
  std::map<std::string, std::string> headers;  ///< names in lower case; the last of a name counts
  std::optional<std::chrono::seconds> retry_after;

  /// Give a header's value, or an empty text.
  std::string header(const std::string& name) const;
  /// Give a header's value as a count of bytes; nothing when it is absent or none.
  std::optional<std::int64_t> size_header(const std::string& name) const;
  bool ok() const { return status == 200 || status == 206; }
  /// Tell whether it sends elsewhere.
  bool is_redirect() const;
};

/// Takes an answer as it arrives. What its members throw ends the exchange and comes out of perform().
class Receiver {
 public:
  virtual ~Receiver() = default;
  /// Take status and headers; called once, before any body.
  virtual void begin(const Response& response) = 0;
  /// Take the next bytes of the body.
  virtual void receive(std::span<const std::byte> bytes) = 0;
};

/// How an exchange failed on the way, as opposed to an answer that says no.
enum class FailureKind {
  unreachable,  ///< no connection: name, route, certificate
  cut,          ///< the connection ended early
  slow,         ///< too little came for too long
  cancelled,    ///< the user stopped it
};

/// The exception of a failed exchange.
class TransferFailure : public std::exception {
 public:
  TransferFailure(FailureKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  FailureKind kind() const { return kind_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  FailureKind kind_;
  std::string message_;
};

/// Carries requests out.
class Transport {
 public:
  virtual ~Transport() = default;
  /// Carry one request out and give the answer whose body went to `receiver`.
  /// Errors: TransferFailure.
  virtual Response perform(const Request& request, Receiver& receiver) = 0;
};

/// Make the transport that speaks to the network. `settings` and `context` must outlive it.
std::unique_ptr<Transport> make_curl_transport(const Settings& settings, const RunContext& context);

}  // namespace sonde::hub
