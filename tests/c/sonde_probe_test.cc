// The C library against the files of the safetensors package, against FittedLinear on every kind of the
// catalogue, and against files that were cut, flipped or made to lie.
#include "sonde_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "../files/scratch_folder.h"
#include "../probes/toy.h"
#include "sonde/files/convert.h"
#include "sonde/files/safetensors_writer.h"
#include "sonde/files/tensor_file.h"
#include "sonde/solvers/logistic.h"

namespace {

using Bytes = std::vector<unsigned char>;

const std::string kData = SONDE_TEST_DATA "/c/";

// What opening and scoring came to.
struct Outcome {
  sonde_probe_status opened = SONDE_PROBE_OK;
  std::string message;
  std::vector<float> scores;
};

Outcome outcome(const std::string& path, const std::vector<float>& x) {
  sonde_probe* probe = nullptr;
  char message[200];
  Outcome result{.opened = sonde_probe_open(path.c_str(), &probe, message, sizeof message)};
  result.message = message;
  EXPECT_EQ(probe == nullptr, result.opened != SONDE_PROBE_OK);
  EXPECT_EQ(result.message.empty(), result.opened == SONDE_PROBE_OK);
  if (probe == nullptr) return result;
  result.scores.assign(sonde_probe_classes(probe), -1);
  if (sonde_probe_width(probe) == x.size()) {
    EXPECT_EQ(sonde_probe_score(probe, x.data(), x.size(), result.scores.data(), result.scores.size()),
              SONDE_PROBE_OK);
  }
  sonde_probe_close(probe);
  return result;
}

Bytes read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const Bytes& bytes) {
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

// A file of this header, given with its length, and this many bytes of data.
Bytes file_of(const std::string& header, std::size_t data) {
  Bytes bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<unsigned char>(header.size() >> 8 * i));
  bytes.insert(bytes.end(), header.begin(), header.end());
  bytes.resize(bytes.size() + data);
  return bytes;
}

TEST(SondeProbe, GivesTheScoresWorkedOutByHand) {
  const Outcome two = outcome(kData + "logistic.safetensors", {1, 2, 3});
  ASSERT_EQ(two.opened, SONDE_PROBE_OK) << two.message;
  EXPECT_NEAR(two.scores[0], 1 / (1 + std::exp(2.0)), 1e-7);
  EXPECT_NEAR(two.scores[1], 1 / (1 + std::exp(-2.0)), 1e-7);
  const Outcome three = outcome(kData + "three.safetensors", {std::log(3.0f), 0});
  ASSERT_EQ(three.opened, SONDE_PROBE_OK) << three.message;
  EXPECT_NEAR(three.scores[0], 3.0 / 6, 1e-6);  // log 2 and log 3 are rounded to floats
  EXPECT_NEAR(three.scores[1], 1.0 / 6, 1e-6);
  EXPECT_NEAR(three.scores[2], 2.0 / 6, 1e-6);
  const Outcome rest = outcome(kData + "rest.safetensors", {std::log(3.0f)});
  ASSERT_EQ(rest.opened, SONDE_PROBE_OK) << rest.message;
  EXPECT_NEAR(rest.scores[0], 3.0 / 6, 1e-6);
  EXPECT_NEAR(rest.scores[1], 2.0 / 6, 1e-6);
  EXPECT_NEAR(rest.scores[2], 1.0 / 6, 1e-6);
}

TEST(SondeProbe, NamesKindAndClasses) {
  sonde_probe* probe = nullptr;
  ASSERT_EQ(sonde_probe_open((kData + "three.safetensors").c_str(), &probe, nullptr, 0), SONDE_PROBE_OK);
  EXPECT_STREQ(sonde_probe_kind(probe), "lda");
  EXPECT_EQ(sonde_probe_width(probe), 2u);
  ASSERT_EQ(sonde_probe_classes(probe), 3u);
  EXPECT_STREQ(sonde_probe_class(probe, 1), "b\n\"c\"");
  EXPECT_STREQ(sonde_probe_class(probe, 2), "й😀");
  EXPECT_EQ(sonde_probe_class(probe, 3), nullptr);
  sonde_probe_close(probe);
}

// The bytes as study::write_probe lays them out.
void write_saved(const std::string& path, const sonde::probes::SavedProbe& saved) {
  std::vector<sonde::files::TensorInfo> tensors;
  for (const auto& tensor : saved.tensors)
    tensors.push_back(sonde::files::float_tensor(tensor.name, tensor.shape, tensor.values));
  sonde::files::Metadata metadata;
  for (const auto& [key, value] : saved.metadata.items())
    metadata[key] = value.is_string() ? value.get<std::string>() : value.dump();
  sonde::files::write_safetensors(path, tensors, metadata);
}

// Every kind that says it is linear scores here as there; every other is refused by its name.
TEST(SondeProbe, ScoresEveryLinearKindOfTheCatalogueAndNamesTheOthers) {
  using namespace sonde::probes;
  const sonde::files::ScratchFolder folder;
  int linear = 0, files = 0;
  for (const ProbeRecord* record : probe_records()) {
    for (const int k : {2, record->class_limit == ClassLimit::two ? 2 : 3}) {
      const Toy toy = make_toy(60, k, 1);
      const auto fitted = make_probe(record->name)->fit(toy.labelled(record->input), {});
      const std::string path = folder.path() / std::to_string(++files);
      write_saved(path, fitted->save());
      const bool scores_classes =
          fitted->linear() != nullptr && !fitted->classes().empty() &&
          (record->input == InputKind::features || record->input == InputKind::contrast);
      const std::vector<float> row(toy.features.row(7).begin(), toy.features.row(7).end());
      const Outcome got = outcome(path, row);
      if (!scores_classes) {
        EXPECT_EQ(got.opened, SONDE_PROBE_NOT_LINEAR) << record->name;
        EXPECT_THAT(got.message, testing::HasSubstr(std::string("'").append(record->name).append("'")));
        continue;
      }
      ++linear;
      ASSERT_EQ(got.opened, SONDE_PROBE_OK) << record->name << ": " << got.message;
      const sonde::Matrix expected = fitted->scores(toy.input(record->input));
      for (int c = 0; c < k; ++c) EXPECT_NEAR(got.scores[c], expected.row(7)[c], 1e-6) << record->name;
    }
  }
  EXPECT_GE(linear, 8);  // logistic, random_direction, crc and vinc, twice each
}

TEST(SondeProbe, RefusesEveryTruncation) {
  const sonde::files::ScratchFolder folder;
  const std::string path = folder.path() / "cut";
  const Bytes whole = read_bytes(kData + "logistic.safetensors");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    write_bytes(path, {whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
    EXPECT_NE(outcome(path, {1, 2, 3}).opened, SONDE_PROBE_OK) << size;
  }
  Bytes longer = whole;
  longer.push_back(0);
  write_bytes(path, longer);
  EXPECT_EQ(outcome(path, {1, 2, 3}).opened, SONDE_PROBE_MALFORMED);
}

// One bit of every byte of the header, now this one, now that: the file is refused, or what it says does not
// touch the scores. Of the data: refused as NaN or infinite, or the scores are those of the C++ reader.
TEST(SondeProbe, RefusesFlippedBitsThatWouldChangeTheScores) {
  const sonde::files::ScratchFolder folder;
  const std::string path = folder.path() / "flipped.safetensors";
  const std::vector<float> x{1, 2, 3};
  for (const char* name : {"logistic", "three"}) {
    const Bytes whole = read_bytes(kData + name + ".safetensors");
    const std::vector<float> row = std::string(name) == "three" ? std::vector<float>{1, 2} : x;
    const Outcome before = outcome(kData + name + ".safetensors", row);
    std::size_t header = 0;
    std::memcpy(&header, whole.data(), 8);
    int refused = 0, kept = 0;
    for (std::size_t byte = 0; byte < whole.size(); ++byte) {
      Bytes flipped = whole;
      flipped[byte] ^= static_cast<unsigned char>(1u << 5 * byte % 8);
      write_bytes(path, flipped);
      const Outcome after = outcome(path, row);
      if (after.opened != SONDE_PROBE_OK) {
        ++refused;
        continue;
      }
      if (byte < 8 + header) {
        ++kept;
        EXPECT_EQ(after.scores, before.scores) << name << " byte " << byte;
        continue;
      }
      const auto file = sonde::files::open_tensors(path);
      const auto weight = sonde::files::to_float(file->at("weight")),
                 bias = sonde::files::to_float(file->at("bias"));
      std::vector<double> margins(bias.size());
      for (std::size_t c = 0; c < bias.size(); ++c) {
        margins[c] = bias[c];
        for (std::size_t j = 0; j < row.size(); ++j)
          margins[c] += double(row[j]) * weight[c * row.size() + j];
      }
      std::vector<double> expected(after.scores.size());
      sonde::solvers::probabilities(margins, expected);
      for (std::size_t c = 0; c < expected.size(); ++c)
        EXPECT_NEAR(after.scores[c], expected[c], 1e-6) << byte;
    }
    EXPECT_GT(refused, 100) << name;  // most of the header
    EXPECT_GT(kept, 2) << name;       // letters of class names and of metadata that scoring does not read
  }
}

struct Lie {
  const char* what;
  std::string header;
  std::size_t data;
};

std::string header_of(const std::string& weight, const std::string& bias, const std::string& more = "",
                      const std::string& metadata = R"("kind":"logistic","classes":"[\"a\",\"b\"]")") {
  return R"({"__metadata__":{)" + metadata + R"(},"weight":{)" + weight + R"(},"bias":{)" + bias + "}" +
         more + "}";
}

const std::string kWeight = R"("dtype":"F32","shape":[1,3],"data_offsets":[0,12])";
const std::string kBias = R"("dtype":"F32","shape":[1],"data_offsets":[12,16])";

// A header like these but true is read: what is refused below is refused for its lie.
TEST(SondeProbe, ReadsTheHeaderThatTheLiesBelowSpoil) {
  const sonde::files::ScratchFolder folder;
  write_bytes(folder.path() / "true", file_of(header_of(kWeight, kBias) + "  ", 16));
  const Outcome got = outcome(folder.path() / "true", {1, 2, 3});
  ASSERT_EQ(got.opened, SONDE_PROBE_OK) << got.message;
  EXPECT_EQ(got.scores, (std::vector<float>{0.5, 0.5}));
}

TEST(SondeProbe, RefusesWeightsThatAreNotNumbers) {
  const sonde::files::ScratchFolder folder;
  Bytes bytes = file_of(header_of(kWeight, kBias), 16);
  const std::size_t last = bytes.size() - 2;  // the two upper bytes of the bias
  for (const unsigned char exponent : {0x80, 0xC0}) {
    bytes[last] = exponent;
    bytes[last + 1] = 0x7F;
    write_bytes(folder.path() / "inf", bytes);
    EXPECT_THAT(outcome(folder.path() / "inf", {1, 2, 3}).message,
                testing::HasSubstr("'bias' holds NaN or inf"));
  }
}

void expect_refused(const std::vector<Lie>& lies) {
  const sonde::files::ScratchFolder folder;
  const std::string path = folder.path() / "lie";
  for (const Lie& lie : lies) {
    write_bytes(path, file_of(lie.header, lie.data));
    const Outcome got = outcome(path, {1, 2, 3});
    EXPECT_EQ(got.opened, SONDE_PROBE_MALFORMED) << lie.what << ": " << got.message;
  }
}

TEST(SondeProbe, RefusesTensorsThatLie) {
  const std::string f32 = R"("dtype":"F32",)";
  expect_refused({
      {"an overlap", header_of(kWeight, f32 + R"("shape":[1],"data_offsets":[8,12])"), 12},
      {"the same bytes twice", header_of(kWeight, f32 + R"("shape":[1],"data_offsets":[0,4])"), 12},
      {"a hole", header_of(kWeight, f32 + R"("shape":[1],"data_offsets":[16,20])"), 20},
      {"data behind the tensors", header_of(kWeight, kBias), 20},
      {"offsets beyond the file", header_of(kWeight, f32 + R"("shape":[1],"data_offsets":[1000,1004])"), 16},
      {"offsets that run backwards", header_of(f32 + R"("shape":[1,3],"data_offsets":[12,0])", kBias), 16},
      {"offsets that overflow",
       header_of(f32 + R"("shape":[1,3],"data_offsets":[0,18446744073709551615])", kBias), 16},
      {"negative offsets", header_of(f32 + R"("shape":[1,3],"data_offsets":[-12,0])", kBias), 16},
      {"a shape whose product overflows",
       header_of(f32 + R"("shape":[4611686018427387904,4],"data_offsets":[0,0])", kBias), 4},
      {"a shape larger than its bytes", header_of(f32 + R"("shape":[1,4],"data_offsets":[0,12])", kBias), 16},
      {"a width of zero",
       header_of(f32 + R"("shape":[1,0],"data_offsets":[0,0])", f32 + R"("shape":[1],"data_offsets":[0,4])"),
       4},
      {"more vectors than classes", header_of(f32 + R"("shape":[3,1],"data_offsets":[0,12])", kBias), 16},
      {"half precision", header_of(R"("dtype":"F16","shape":[1,6],"data_offsets":[0,12])", kBias), 16},
      {"an unknown type", header_of(R"("dtype":"F33","shape":[1,3],"data_offsets":[0,12])", kBias), 16},
      {"a fraction in a shape", header_of(f32 + R"("shape":[1,3.0],"data_offsets":[0,12])", kBias), 16},
      {"a leading zero", header_of(f32 + R"("shape":[1,03],"data_offsets":[0,12])", kBias), 16},
  });
}

TEST(SondeProbe, RefusesHeadersThatAreNotSound) {
  expect_refused({
      {"a key twice", header_of(kWeight + R"(,"dtype":"F32")", kBias), 16},
      {"a key that is unknown", header_of(kWeight + R"(,"strides":[3,1])", kBias), 16},
      {"a tensor twice", header_of(kWeight, kBias, R"(,"weight":{)" + kWeight + "}"), 16},
      {"metadata twice", header_of(kWeight, kBias, R"(,"__metadata__":{"kind":"lda"})"), 16},
      {"a kind twice",
       header_of(kWeight, kBias, "", R"("kind":"logistic","kind":"lda","classes":"[\"a\",\"b\"]")"), 16},
      {"metadata that is not text",
       header_of(kWeight, kBias, "", R"("kind":"logistic","n":3,"classes":"[\"a\",\"b\"]")"), 16},
      {"one class", header_of(kWeight, kBias, "", R"("kind":"logistic","classes":"[\"a\"]")"), 16},
      {"classes that are no list", header_of(kWeight, kBias, "", R"("kind":"logistic","classes":"ab")"), 16},
      {"something behind the classes",
       header_of(kWeight, kBias, "", R"("kind":"logistic","classes":"[\"a\",\"b\"]]")"), 16},
      {"half a surrogate pair",
       header_of(kWeight, kBias, "", R"("kind":"logistic","classes":"[\"a\",\"\ud800\"]")"), 16},
      {"a zero byte in a name",
       header_of(kWeight, kBias, "", R"("kind":"logistic","classes":"[\"a\",\"b\u0000\"]")"), 16},
      {"bytes that are no UTF-8",
       header_of(kWeight, kBias, "",
                 "\"kind\":\"logistic\",\"classes\":\"[\\\"a\\\",\\\"b\\\"]\",\"x\":\"\xC0\x80\""),
       16},
      {"no kind", header_of(kWeight, kBias, "", R"("classes":"[\"a\",\"b\"]")"), 16},
      {"something behind the header", header_of(kWeight, kBias) + "x", 16},
      {"a comma too many", header_of(kWeight, kBias, ","), 16},
      {"a space before the header", std::string(" ").append(header_of(kWeight, kBias)), 16},
      {"no tensors", R"({"__metadata__":{"kind":"logistic","classes":"[\"a\",\"b\"]"}})", 0},
      {"an empty header", "", 16},
      {"brackets without end", std::string(100000, '['), 16},
      {"objects without end",
       [] {
         std::string deep;
         for (int i = 0; i < 50000; ++i) deep += "{\"a\":";
         return deep;
       }(),
       16},
  });
}

TEST(SondeProbe, RefusesAHeaderThatSaysItIsHuge) {
  const sonde::files::ScratchFolder folder;
  const std::string path = folder.path() / "huge";
  for (const std::uint64_t length : {std::uint64_t{33} << 20, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    Bytes bytes = file_of("{}", 16);
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(length >> 8 * i);
    write_bytes(path, bytes);
    EXPECT_EQ(outcome(path, {}).opened, SONDE_PROBE_MALFORMED);
  }
  // A sparse file that is as long as its header says, above the limit.
  write_bytes(path, file_of(std::string(10, ' '), 0));
  Bytes prefix(8);
  prefix[3] = 3;  // 48 MiB
  write_bytes(path, prefix);
  std::filesystem::resize_file(path, (48u << 20) + 8);
  EXPECT_THAT(outcome(path, {}).message, testing::HasSubstr("32 MiB"));
}

TEST(SondeProbe, AnswersCallsThatMakeNoSense) {
  char message[8];
  sonde_probe* probe = nullptr;
  EXPECT_EQ(sonde_probe_open("/no/such/file", &probe, message, sizeof message), SONDE_PROBE_NO_FILE);
  EXPECT_EQ(std::strlen(message), 7u);  // cut, and terminated
  EXPECT_EQ(sonde_probe_open(SONDE_TEST_DATA, &probe, nullptr, 0) == SONDE_PROBE_OK, false);  // a folder
  EXPECT_EQ(sonde_probe_open(nullptr, &probe, nullptr, 0), SONDE_PROBE_BAD_CALL);
  EXPECT_EQ(sonde_probe_open("x", nullptr, nullptr, 0), SONDE_PROBE_BAD_CALL);
  ASSERT_EQ(sonde_probe_open((kData + "logistic.safetensors").c_str(), &probe, nullptr, 0), SONDE_PROBE_OK);
  float x[4] = {1, 2, 3, 4}, scores[3];
  EXPECT_EQ(sonde_probe_score(probe, x, 4, scores, 2), SONDE_PROBE_BAD_CALL);
  EXPECT_EQ(sonde_probe_score(probe, x, 3, scores, 3), SONDE_PROBE_BAD_CALL);
  EXPECT_EQ(sonde_probe_score(nullptr, x, 3, scores, 2), SONDE_PROBE_BAD_CALL);
  x[1] = NAN;
  EXPECT_EQ(sonde_probe_score(probe, x, 3, scores, 2), SONDE_PROBE_NOT_FINITE);
  sonde_probe_close(probe);
  sonde_probe_close(nullptr);
  for (int status = 0; status <= SONDE_PROBE_NOT_FINITE; ++status)
    EXPECT_STRNE(sonde_probe_error_text(static_cast<sonde_probe_status>(status)), "unknown status");
}

// For the thread sanitizer: an open probe is only read.
TEST(SondeProbe, ScoresInSeveralThreadsAtOnce) {
  sonde_probe* probe = nullptr;
  ASSERT_EQ(sonde_probe_open((kData + "three.safetensors").c_str(), &probe, nullptr, 0), SONDE_PROBE_OK);
  std::vector<std::vector<float>> scores(4, std::vector<float>(3));
  {
    std::vector<std::jthread> threads;
    for (std::vector<float>& mine : scores) {
      threads.emplace_back([&mine, probe] {
        const float x[2] = {0.3f, -0.7f};
        for (int i = 0; i < 1000; ++i) sonde_probe_score(probe, x, 2, mine.data(), 3);
      });
    }
  }
  for (const std::vector<float>& mine : scores) EXPECT_EQ(mine, scores[0]);
  sonde_probe_close(probe);
}

}  // namespace
