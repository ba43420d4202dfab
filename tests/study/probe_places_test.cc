// Where probes are fitted: everywhere, or at addresses of their own, which must be captured.
#include "sonde/study/probe_places.h"

#include <gmock/gmock.h>

#include "sonde/capture/language_model.h"
#include "sonde/core/error.h"

namespace sonde::study {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ProbeChoice at(std::vector<std::string> addresses) {
  ProbeChoice choice;
  choice.at = std::move(addresses);
  return choice;
}

class ProbePlaces : public testing::Test {
 protected:
  graph::Graph graph = capture::read_graph(SONDE_TEST_DATA "/models/gpt2");
  std::vector<std::string> asked = {"hidden[*]", "transformer.h.1.mlp"};
  std::vector<capture::Address> captured = capture::resolve(graph, asked).addresses;
};

TEST_F(ProbePlaces, WithoutAddressesEverywhere) {
  const std::vector<ProbeChoice> placed = place_probes(std::vector{ProbeChoice()}, graph, captured);
  for (const capture::Address& address : captured) EXPECT_TRUE(is_fitted_at(placed[0], address.name));
}

TEST_F(ProbePlaces, WritesAddressesInFull) {
  const std::vector<ProbeChoice> placed =
      place_probes(std::vector{at({"h.1.mlp"}), at({"hidden[0:2]"})}, graph, captured);
  EXPECT_THAT(placed[0].at, ElementsAre("transformer.h.1.mlp"));
  EXPECT_THAT(placed[1].at, ElementsAre("hidden[0]", "hidden[1]"));
  EXPECT_FALSE(is_fitted_at(placed[1], "hidden[2]"));
}

TEST_F(ProbePlaces, RefusesWhatIsNotCaptured) {
  try {
    place_probes(std::vector{at({"h.0.mlp"})}, graph, captured);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("transformer.h.0.mlp"));
  }
  EXPECT_THROW(place_probes(std::vector{at({"h.9.mlp"})}, graph, captured), Error);
}

}  // namespace
}  // namespace sonde::study
