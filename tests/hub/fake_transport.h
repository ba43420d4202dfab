// A transport for tests: answers from a list, in order, and keeps what was asked.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sonde/hub/transport.h"

namespace sonde::hub {

/// One answer: a response with its body, cut short or not.
struct Answer {
  int status = 200;
  std::map<std::string, std::string> headers;
  std::string body;
  std::optional<FailureKind> failure;  ///< thrown after the body
  std::optional<std::chrono::seconds> retry_after;
};

/// Write answers as a list, also a single one.
inline std::vector<Answer> answers(std::initializer_list<Answer> list) { return list; }

/// Gives the answers it was made with, one a request; the last one for ever.
class FakeTransport : public Transport {
 public:
  explicit FakeTransport(std::vector<Answer> answers) : answers_(std::move(answers)) {}

  Response perform(const Request& request, Receiver& receiver) override {
    asked.push_back(request);
    const Answer answer = answers_[std::min(asked.size(), answers_.size()) - 1];
    const Response response{answer.status, answer.headers, answer.retry_after};
    if (!answer.failure || !answer.body.empty()) {
      receiver.begin(response);
      if (!answer.body.empty()) receiver.receive(std::as_bytes(std::span(answer.body)));
    }
    if (answer.failure) throw TransferFailure(*answer.failure, "the connection broke");
    return response;
  }

  std::vector<Request> asked;

 private:
  std::vector<Answer> answers_;
};

}  // namespace sonde::hub
