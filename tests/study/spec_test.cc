#include "sonde/study/spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "sonde/core/error.h"

namespace sonde::study {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::string_view kStudy = R"(
[model]
path = "minilm"
[data]
file = "/data/reviews.csv"
text = "text"
label = "category"
group = "movie"
[capture]
at = ["hidden[*]", "embeddings"]
tokens = "last"
[split]
method = "grouped"
test = 0.3
seed = 7
[[probes]]
kind = "logistic"
c = 0.5
[[probes]]
kind = "majority"
)";

std::string message_of(std::string_view text) {
  try {
    check(parse_study(text, "study.toml", "/folder"));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::usage);
    return error.what();
  }
  return "nothing was refused";
}

TEST(Spec, FilesOfProbesAreMeantFromTheFolderOfTheStudy) {
  const Study study = parse_study(R"(
[[probes]]
kind = "basis"
basis = "bases/digits.npy"
[[probes]]
kind = "basis"
basis = "binary")",
                                  "study.toml", "/folder");
  EXPECT_EQ(study.probes[0].options["basis"], "/folder/bases/digits.npy");
  EXPECT_EQ(study.probes[1].options["basis"], "binary");
  EXPECT_EQ(parse_probe("basis:basis=digits.npy").options["basis"],
            std::filesystem::absolute("digits.npy").string());
}

TEST(SpecTest, ReadsEverySectionAndTakesRelativePathsFromTheFolder) {
  const Study study = parse_study(kStudy, "study.toml", "/folder");
  EXPECT_EQ(study.model.path, "/folder/minilm");
  EXPECT_EQ(study.data.file, "/data/reviews.csv");
  EXPECT_THAT(study.capture.at, ElementsAre("hidden[*]", "embeddings"));
  EXPECT_EQ(study.capture.tokens, "last");
  EXPECT_DOUBLE_EQ(study.split.test, 0.3);
  EXPECT_DOUBLE_EQ(study.split.valid, 0.15) << "what is not said keeps its default";
  EXPECT_EQ(study.split.seed, 7);
  ASSERT_EQ(study.probes.size(), 2u);
  EXPECT_EQ(study.probes[0].options["c"], 0.5);
  EXPECT_EQ(study.probes[1].kind, "majority");
}

TEST(SpecTest, WhatIsWrittenReadsBackTheSame) {
  const Study study = parse_study(kStudy, "study.toml", "");
  const std::string written = to_toml(study);
  EXPECT_EQ(to_toml(parse_study(written, "study.toml", "")), written);
  EXPECT_THAT(written, HasSubstr("max_iter = ")) << "defaults are filled in";
}

TEST(SpecTest, ATypoIsAnsweredWithTheNearestWord) {
  EXPECT_THAT(message_of("[modle]\npath = \"m\"\n"), HasSubstr("'model'"));
  EXPECT_THAT(message_of("[data]\nlable = \"x\"\n"), HasSubstr("'label'"));
  EXPECT_THAT(message_of("[split]\nmethod = \"groups\"\n"), HasSubstr("grouped"));
}

TEST(SpecTest, MalformedTomlIsRefusedWithItsLine) {
  EXPECT_THAT(message_of("[model]\npath = \n"), HasSubstr("line 2"));
}

TEST(SpecTest, WhatAMethodNeedsMustBeThere) {
  const std::string base = "[model]\npath = \"m\"\n[data]\nfile = \"f\"\ntext = \"t\"\nlabel = \"l\"\n";
  EXPECT_THAT(message_of(base + "[split]\nmethod = \"grouped\"\n"), HasSubstr("--group"));
  EXPECT_THAT(message_of(base + "[split]\nmethod = \"column\"\n"), HasSubstr("--split"));
  EXPECT_THAT(message_of(base + "[capture]\ntokens = \"none\"\n"), HasSubstr("one vector per text"));
  EXPECT_THAT(message_of(base + "[[probes]]\nkind = \"logistik\"\n"), HasSubstr("'logistic'"));
  EXPECT_THAT(message_of(base + "[[probes]]\nkind = \"crc\"\n"), HasSubstr("two templates"));
  EXPECT_THAT(message_of(base + "[evaluate]\nmetric = \"r2\"\n"), HasSubstr("not of classes"));
}

TEST(SpecTest, TheSectionHonestyTurnsControlsOnAndIsWrittenBack) {
  EXPECT_FALSE(parse_study(kStudy, "study.toml", "").honesty.has_value());
  const std::string text = std::string(kStudy) + "[honesty]\npermutations = 19\naddresses = \"all\"\n";
  const Study study = parse_study(text, "study.toml", "");
  ASSERT_TRUE(study.honesty.has_value());
  EXPECT_EQ(study.honesty->permutations, 19);
  EXPECT_EQ(study.honesty->addresses, "all");
  EXPECT_EQ(study.honesty->seeds, 20) << "what is not said keeps its default";
  EXPECT_THAT(to_toml(study), HasSubstr("[honesty]\npermutations = 19"));
  EXPECT_EQ(to_toml(parse_study(to_toml(study), "study.toml", "")), to_toml(study));
}

TEST(SpecTest, ControlsThatMakeNoSenseAreRefused) {
  EXPECT_THAT(message_of("[honesty]\npermutations = 0\n"), HasSubstr("permutations"));
  EXPECT_THAT(message_of("[honesty]\nseeds = 1\n"), HasSubstr("seeds"));
  EXPECT_THAT(message_of("[honesty]\nsizes = \"0.5,0.2\"\n"), HasSubstr("ascending"));
  EXPECT_THAT(message_of("[honesty]\naddresses = \"some\"\n"), HasSubstr("best"));
  EXPECT_THAT(message_of("[honesty]\npermutation = 5\n"), HasSubstr("'permutations'"));
}

TEST(SpecTest, EverySourceOfExamplesIsWrittenBack) {
  for (const char* sections :
       {"[data]\nfile = \"/a.csv\"\ntest_file = \"/b.csv\"\nlimit = 50\ntext = \"t\"\nlabel = \"l\"\n"
        "templates = [\"no:\\n{text}\", \"yes, {{x}} {t}\"]\n[sample]\nmethod = \"replacement\"\n"
        "stream = \"numpy_legacy\"\nnormals_before = 3300\ncount = 100\n[[probes]]\nkind = \"logistic\"\n"
        "read = \"difference\"\n",
        "[numbers]\nhigh = 99\ntemplate = \"{a} plus {b}\"\ntarget = \"sum\"\n[split]\nmethod = \"values\"\n"
        "stream = \"torch\"\n[sample]\nstream = \"python\"\ntrain = 10\n[[probes]]\nkind = \"ridge\"\n",
        "[data]\nfile = \"/a.csv\"\ntext = \"t\"\n[occurrences]\ntargets = [\" the\", \" an\"]\n"
        "next = \"word_start\"\ndocuments = \"joined\"\n"}) {
    const Study study = parse_study(sections, "study.toml", "");
    const std::string written = to_toml(study);
    EXPECT_EQ(to_toml(parse_study(written, "study.toml", "")), written);
    EXPECT_THAT(written, AnyOf(HasSubstr("normals_before = 3300"), HasSubstr("\"{a} plus {b}\""),
                               HasSubstr("targets = [\" the\",\" an\"]")));
  }
}

TEST(SpecTest, SourcesThatExcludeEachOtherAreRefused) {
  const std::string model = "[model]\npath = \"m\"\n", table = "[data]\nfile = \"f\"\ntext = \"t\"\n";
  EXPECT_THAT(message_of(model + table + "[numbers]\n"), HasSubstr("without a table"));
  EXPECT_THAT(message_of(model + "[numbers]\n[occurrences]\n"), HasSubstr("no documents"));
  EXPECT_THAT(message_of(model + table + "[occurrences]\n"), HasSubstr("no token to look for"));
  EXPECT_THAT(message_of(model + table + "label = \"l\"\n[occurrences]\ntargets = [\"a\"]\n"),
              HasSubstr("names a label too"));
  EXPECT_THAT(message_of(model + table + "[occurrences]\ntargets = [\"a\"]\nbefore = -1\n"),
              HasSubstr("at least 0"));
  EXPECT_THAT(message_of(model + table + "label = \"l\"\n[split]\nmethod = \"sample\"\n"),
              HasSubstr("needs the sample"));
  EXPECT_THAT(message_of("[sample]\ncount = 3\ntrain = 2\n"), HasSubstr("leave one of the two out"));
}

TEST(SpecTest, AListOfProbesHoldsSome) {
  for (const char* none : {"probes = []\n", "probes = {}\n", "probes = 3\n", "probes = [3]\n"}) {
    EXPECT_THAT(message_of(none), HasSubstr("[[probes]] with a kind")) << none;
  }
  EXPECT_EQ(parse_study("", "study.toml", "/folder").probes.size(), 1u) << "unsaid, there is a logistic one";
}

TEST(SpecTest, PromptsAndProbesMustFit) {
  const std::string base =
      "[model]\npath = \"m\"\n[data]\nfile = \"f\"\ntext = \"t\"\nlabel = \"l\"\ntemplates = [\"a {t}\", \"b "
      "{t}\"]\n";
  EXPECT_EQ(message_of(base + "[[probes]]\nkind = \"ccs\"\n"), "nothing was refused");
  EXPECT_EQ(message_of(base + "[[probes]]\nkind = \"mlp\"\nread = \"concatenation\"\n"),
            "nothing was refused");
  EXPECT_THAT(message_of(base), HasSubstr("read = \"difference\""));
  EXPECT_THAT(message_of(base + "[[probes]]\nkind = \"ccs\"\nread = \"difference\"\n"),
              HasSubstr("leave it out"));
  EXPECT_THAT(message_of(base + "[[probes]]\nkind = \"mlp\"\nread = \"diference\"\n"),
              HasSubstr("'difference'"));
  EXPECT_THAT(message_of(base + "[capture]\ntokens = \"none\"\n[[probes]]\nkind = \"ccs\"\n"),
              HasSubstr("one vector each"));
  EXPECT_EQ(parse_probe("logistic:read=difference,c=2").read, "difference");
}

TEST(SpecTest, AProbeIsReadAsTheCommandLineGivesIt) {
  const ProbeChoice choice = parse_probe("logistic:c=0.1,class_weight=balanced");
  EXPECT_EQ(choice.kind, "logistic");
  EXPECT_EQ(choice.options["c"], "0.1");
  EXPECT_EQ(choice.options["class_weight"], "balanced");
}

}  // namespace
}  // namespace sonde::study
