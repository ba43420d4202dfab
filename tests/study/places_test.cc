// Where probes are fitted and pictures drawn: everywhere, or at addresses of their own, which must be
// captured.
#include "sonde/study/places.h"

#include <gmock/gmock.h>

#include "sonde/capture/language_model.h"
#include "sonde/core/error.h"

namespace sonde::study {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ProbeChoice at(std::vector<std::string> addresses) {
  ProbeChoice choice;
  choice.at = std::move(addresses);
  return choice;
}

PictureSpec picture_at(std::string address) { return {.how = "tsne", .at = std::move(address), .dims = 3}; }

class Places : public testing::Test {
 protected:
  graph::Graph graph = capture::read_graph(SONDE_TEST_DATA "/models/gpt2");
  std::vector<std::string> asked = {"hidden[*]", "transformer.h.1.mlp"};
  std::vector<capture::Address> captured = capture::resolve(graph, asked).addresses;
};

TEST_F(Places, WithoutAddressesEverywhere) {
  const std::vector<ProbeChoice> placed = place_probes(std::vector{ProbeChoice()}, graph, captured);
  for (const capture::Address& address : captured) EXPECT_TRUE(is_fitted_at(placed[0], address.name));
}

TEST_F(Places, WritesAddressesInFull) {
  const std::vector<ProbeChoice> placed =
      place_probes(std::vector{at({"h.1.mlp"}), at({"hidden[0:2]"})}, graph, captured);
  EXPECT_THAT(placed[0].at, ElementsAre("transformer.h.1.mlp"));
  EXPECT_THAT(placed[1].at, ElementsAre("hidden[0]", "hidden[1]"));
  EXPECT_FALSE(is_fitted_at(placed[1], "hidden[2]"));
}

TEST_F(Places, RefusesWhatIsNotCaptured) {
  try {
    place_probes(std::vector{at({"h.0.mlp"})}, graph, captured);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), HasSubstr("transformer.h.0.mlp"));
  }
  EXPECT_THROW(place_probes(std::vector{at({"h.9.mlp"})}, graph, captured), Error);
}

TEST_F(Places, GivesAPictureForEveryAddressMeant) {
  const std::vector<PictureSpec> placed = place_pictures(
      std::vector{picture_at("hidden[1:3]"), picture_at("best"), picture_at("h.1.mlp")}, graph, captured);
  std::vector<std::string> at;
  for (const PictureSpec& picture : placed) at.push_back(picture.at);
  EXPECT_THAT(at, ElementsAre("hidden[1]", "hidden[2]", "best", "transformer.h.1.mlp"));
  EXPECT_EQ(placed[1].how, "tsne");
  EXPECT_EQ(placed[3].dims, 3);
  EXPECT_EQ(place_pictures(std::vector{picture_at("all")}, graph, captured).size(), captured.size());
}

TEST_F(Places, RefusesAPictureOfWhatIsNotCaptured) {
  try {
    place_pictures(std::vector{picture_at("h.0.mlp")}, graph, captured);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("picture tsne"), HasSubstr("transformer.h.0.mlp")));
  }
}

}  // namespace
}  // namespace sonde::study
