// HTTP through libcurl, the only file that knows it. No redirects, no cookies, no .netrc, no unpacking, no
// proxy but the one in the settings; certificates are always checked.
#include <curl/curl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "sonde/core/error.h"
#include "sonde/core/version.h"
#include "sonde/hub/transport.h"
#include "sonde/hub/url.h"

namespace sonde::hub {
namespace {

constexpr std::size_t kHeaderBytes = 256 << 10;

struct HandleClose {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct ListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

// What libcurl's callbacks share during one exchange.
struct Exchange {
  CURL* handle = nullptr;
  Receiver* receiver = nullptr;
  const RunContext* context = nullptr;
  Response response;
  std::size_t header_bytes = 0;
  bool begun = false;
  std::exception_ptr thrown;

  void begin() {
    if (begun) return;
    begun = true;
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_off_t seconds = 0;
    curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &seconds);
    response.status = static_cast<int>(status);
    if (!response.header("retry-after").empty()) response.retry_after = std::chrono::seconds(seconds);
    receiver->begin(response);
  }
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  return text;
}

std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(bytes, size * count);
  exchange.header_bytes += line.size();
  if (exchange.header_bytes > kHeaderBytes) return 0;
  // A status line starts the answer that counts; what came before it (100, a proxy's own) does not.
  if (line.starts_with("HTTP/")) exchange.response.headers.clear();
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return line.size();
  std::string name(trimmed(line.substr(0, colon)));
  std::ranges::transform(name, name.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  exchange.response.headers[name] = trimmed(line.substr(colon + 1));
  return line.size();
}

std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  try {
    exchange.begin();
    exchange.receiver->receive(std::as_bytes(std::span(bytes, size * count)));
    return size * count;
  } catch (...) {
    exchange.thrown = std::current_exception();
    return 0;
  }
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto& exchange = *static_cast<Exchange*>(user);
  const std::atomic<bool>* cancel = exchange.context->cancel;
  return cancel != nullptr && cancel->load() ? 1 : 0;
}

FailureKind kind_of(CURLcode code) {
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return FailureKind::cancelled;
    case CURLE_OPERATION_TIMEDOUT:
      return FailureKind::slow;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_PROXY:
      return FailureKind::unreachable;
    default:
      return FailureKind::cut;
  }
}

class CurlTransport : public Transport {
 public:
  CurlTransport(const Settings& settings, const RunContext& context)
      : settings_(settings), context_(context) {
    static const CURLcode kStarted = curl_global_init(CURL_GLOBAL_DEFAULT);
    SONDE_ASSERT(kStarted == CURLE_OK);
    handle_.reset(curl_easy_init());
    SONDE_ASSERT(handle_ != nullptr);
  }

  Response perform(const Request& request, Receiver& receiver) override {
    // Keeps open connections, forgets every option of the request before.
    curl_easy_reset(handle_.get());
    Exchange exchange{.handle = handle_.get(), .receiver = &receiver, .context = &context_};
    const std::unique_ptr<curl_slist, ListFree> headers = headers_of(request);
    set(CURLOPT_HTTPHEADER, headers.get());
    set_request(request);
    set_limits(request);
    set_route(request);
    set_callbacks(exchange);
    const CURLcode code = curl_easy_perform(handle_.get());
    if (exchange.thrown) std::rethrow_exception(exchange.thrown);
    if (code != CURLE_OK) {
      throw TransferFailure(kind_of(code),
                            fmt::format("{} ({})", curl_easy_strerror(code), without_query(request.url)));
    }
    exchange.begin();
    return exchange.response;
  }

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    const CURLcode code = curl_easy_setopt(handle_.get(), option, value);
    SONDE_ASSERT(code == CURLE_OK);
  }

  static std::unique_ptr<curl_slist, ListFree> headers_of(const Request& request) {
    std::unique_ptr<curl_slist, ListFree> list;
    const auto add = [&](const std::string& line) {
      curl_slist* longer = curl_slist_append(list.get(), line.c_str());
      SONDE_ASSERT(longer != nullptr);
      list.release();
      list.reset(longer);
    };
    add("Accept-Encoding: identity");
    if (!request.token.empty()) add("Authorization: Bearer " + request.token);
    return list;
  }

  void set_request(const Request& request) {
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_NOBODY, request.method == Method::head ? 1L : 0L);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_USERAGENT, fmt::format("sonde/{}", version()).c_str());
    if (request.first > 0) set(CURLOPT_RANGE, fmt::format("{}-", request.first).c_str());
  }

  void set_limits(const Request& request) {
    const TransferPolicy& policy = settings_.policy;
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(policy.connect.count()));
    set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(policy.slowest));
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(policy.idle.count()));
    if (request.patience == Patience::reply)
      set(CURLOPT_TIMEOUT, static_cast<long>(policy.metadata_time.count()));
  }

  void set_route(const Request& request) {
    const std::optional<Url> url = parse_url(request.url);
    const bool local = url && url->is_loopback();
    set(CURLOPT_PROTOCOLS_STR, local ? "http,https" : "https");
    // An empty text keeps libcurl from looking for a proxy in the environment itself.
    set(CURLOPT_PROXY, local ? "" : settings_.proxy.c_str());
    set(CURLOPT_NOPROXY, settings_.no_proxy.c_str());
    if (!settings_.certificates.empty()) set(CURLOPT_CAINFO, settings_.certificates.c_str());
  }

  void set_callbacks(Exchange& exchange) {
    set(CURLOPT_HEADERFUNCTION, on_header);
    set(CURLOPT_HEADERDATA, &exchange);
    set(CURLOPT_WRITEFUNCTION, on_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_NOPROGRESS, 0L);
    set(CURLOPT_XFERINFOFUNCTION, on_progress);
    set(CURLOPT_XFERINFODATA, &exchange);
  }

  const Settings& settings_;
  const RunContext& context_;
  std::unique_ptr<CURL, HandleClose> handle_;
};

}  // namespace

std::unique_ptr<Transport> make_curl_transport(const Settings& settings, const RunContext& context) {
  return std::make_unique<CurlTransport>(settings, context);
}

}  // namespace sonde::hub
