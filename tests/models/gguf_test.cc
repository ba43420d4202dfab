// GGUF metadata as a config, tensors under their checkpoint names; the recorded models of tests/data/models
// hold the arithmetic against transformers (tests/capture/golden_test.cc).
#include "sonde/models/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../files/gguf_bytes.h"
#include "../files/scratch_folder.h"
#include "sonde/models/architecture.h"

namespace sonde::models {
namespace {

using files::GgufBytes;
using files::StoredForm;
using ::testing::HasSubstr;

/// The metadata of a Llama of one layer: width 8, 2 heads on 1, inner width 4, 5 tokens.
struct Llama {
  std::string architecture = "llama";
  std::uint32_t blocks = 1, heads = 2, key_heads = 1;
  GgufBytes extra{};
  std::vector<std::string> left_out{};
  bool head = true;

  std::string bytes() const {
    GgufBytes file = extra;
    const std::string p = architecture + ".";
    file.text("general.architecture", architecture).number(p + "block_count", blocks);
    file.number(p + "context_length", 7)
        .number(p + "embedding_length", 8)
        .number(p + "feed_forward_length", 4);
    file.number(p + "attention.head_count", heads).number(p + "attention.head_count_kv", key_heads);
    file.raw(p + "attention.layer_norm_rms_epsilon", 6, files::le_bytes(1e-5f)).number(p + "vocab_size", 5);
    std::uint64_t offset = 0;
    const auto add = [&](const std::string& name, const std::vector<std::uint64_t>& extents) {
      if (std::ranges::find(left_out, name) != left_out.end()) return;
      file.tensor(name, extents, 0, offset);
      offset += 512;
    };
    add("token_embd.weight", {8, 5});
    add("output_norm.weight", {8});
    if (head) add("output.weight", {8, 5});
    for (const char* norm : {"attn_norm", "ffn_norm"}) add(std::string("blk.0.") + norm + ".weight", {8});
    add("blk.0.attn_q.weight", {8, 8});
    for (const char* name : {"attn_k", "attn_v"}) add(std::string("blk.0.") + name + ".weight", {8, 4});
    add("blk.0.attn_output.weight", {8, 8});
    for (const char* name : {"ffn_gate", "ffn_up"}) add(std::string("blk.0.") + name + ".weight", {8, 4});
    add("blk.0.ffn_down.weight", {4, 8});
    return file.with(std::string(offset + 512, '\0'));
  }
};

/// A file on disk with its header.
struct Opened {
  explicit Opened(const std::string& bytes)
      : file(files::open_tensors(folder.write("m.gguf", bytes))),
        header(files::GgufHeader::parse(file->file().bytes(), file->path())) {}
  std::string refusal() const {
    const Error error = files::error_of([&] {
      build_graph(gguf_config(header, *file));
      gguf_tensors(header, *file);
    });
    EXPECT_EQ(error.code(), ErrorCode::input);
    return error.what();
  }

  files::ScratchFolder folder;
  std::shared_ptr<const files::TensorFile> file;
  files::GgufHeader header;
};

std::string refusal(const Llama& model) { return Opened(model.bytes()).refusal(); }

TEST(GgufModel, MetadataBecomesAConfig) {
  const Opened model(Llama{}.bytes());
  const Config config = gguf_config(model.header, *model.file);
  EXPECT_EQ(config.model_type(), "llama");
  EXPECT_EQ(config.size("hidden_size"), 8);
  EXPECT_EQ(config.size("num_hidden_layers"), 1);
  EXPECT_EQ(config.size("num_key_value_heads"), 1);
  EXPECT_EQ(config.size("vocab_size"), 5);
  EXPECT_EQ(config.size("max_position_embeddings"), 7);
  EXPECT_EQ(config.number("rms_norm_eps", 0), static_cast<double>(1e-5f));
  EXPECT_FALSE(config.flag("tie_word_embeddings", true));
  const graph::Graph graph = build_graph(config);
  EXPECT_EQ(graph.model_class, "LlamaForCausalLM");
  EXPECT_EQ(graph.layers, 1);
}

TEST(GgufModel, WithoutAHeadTheEmbeddingsAreTied) {
  const Opened model(Llama{.head = false}.bytes());
  EXPECT_TRUE(gguf_config(model.header, *model.file).flag("tie_word_embeddings", false));
}

TEST(GgufModel, TensorsHaveTheNamesOfTheCheckpoint) {
  const Opened model(Llama{}.bytes());
  std::map<std::string, StoredForm> forms;
  for (const files::TensorInfo& tensor : gguf_tensors(model.header, *model.file))
    forms[tensor.name] = tensor.form;
  const graph::Graph graph = build_graph(gguf_config(model.header, *model.file));
  for (const graph::ParameterRecord& parameter : graph.parameters) {
    EXPECT_TRUE(forms.contains(parameter.name)) << parameter.name;
  }
  EXPECT_EQ(forms.size(), graph.parameters.size());
  EXPECT_EQ(forms["model.layers.0.self_attn.q_proj.weight"], StoredForm{.paired_heads = 2});
  EXPECT_EQ(forms["model.layers.0.self_attn.k_proj.weight"], StoredForm{.paired_heads = 1});
  EXPECT_EQ(forms["model.layers.0.self_attn.v_proj.weight"], StoredForm{});
}

TEST(GgufModel, TensorsWithoutANameKeepTheirOwn) {
  Llama model;
  model.extra.tensor("blk.0.attn_rot_embd.weight", {4}, 0, 64 * 512)
      .tensor("blk.00.attn_q.weight", {4}, 0, 65 * 512);
  model.extra.tensor("blk.x.attn_q.weight", {4}, 0, 66 * 512);
  const Opened opened(model.bytes() + std::string(70 * 512, '\0'));
  std::vector<std::string> names;
  for (const files::TensorInfo& tensor : gguf_tensors(opened.header, *opened.file))
    names.push_back(tensor.name);
  EXPECT_THAT(names, ::testing::IsSupersetOf(
                         {"blk.0.attn_rot_embd.weight", "blk.00.attn_q.weight", "blk.x.attn_q.weight"}));
}

TEST(GgufModel, ScalingOfRotaryFrequenciesIsKept) {
  Llama linear;
  linear.extra.text("llama.rope.scaling.type", "linear")
      .raw("llama.rope.scaling.factor", 6, files::le_bytes(4.0f));
  const Opened model(linear.bytes());
  const auto scaling = gguf_config(model.header, *model.file).object("rope_scaling");
  ASSERT_TRUE(scaling.has_value());
  EXPECT_EQ(scaling->text("rope_type"), "linear");
  EXPECT_EQ(scaling->number("factor", 0), 4);
  Llama dynamic;
  dynamic.extra.text("llama.rope.scaling.type", "dynamic");
  EXPECT_THAT(refusal(dynamic), HasSubstr("got dynamic"));
}

TEST(GgufModel, ClaimsThatTensorsDoNotBearOutAreRefused) {
  for (const std::uint32_t blocks : {0u, 2u, 4096u, ~0u})
    EXPECT_THAT(refusal({.blocks = blocks}), HasSubstr("'llama.block_count' makes no sense")) << blocks;
  for (const std::uint32_t heads : {0u, 3u, 5u, 8u, 1u << 31, ~0u})
    EXPECT_THAT(refusal({.heads = heads}), HasSubstr("ead")) << heads;
  EXPECT_THAT(refusal({.key_heads = 4}), HasSubstr("num_key_value_heads"));
  Llama split;
  split.extra.number("split.count", 2);
  EXPECT_THAT(refusal(split), HasSubstr("a model in one file"));
  Llama text;
  text.extra.text("llama.rope.freq_base", "10000");
  EXPECT_THAT(refusal(text), HasSubstr("rope_theta"));
  Llama endless;
  endless.extra.raw("llama.rope.freq_base", 6, files::le_bytes(std::numeric_limits<float>::infinity()));
  EXPECT_THAT(refusal(endless), HasSubstr("a finite number"));
  Llama list;
  list.extra.array("llama.rope.dimension_count", 4, 1, files::le_bytes(4u));
  EXPECT_THAT(refusal(list), HasSubstr("array of 1 u32"));
}

TEST(GgufModel, DivisorsThatDoNotFitAreRefused) {
  const auto with = [](const std::vector<std::uint64_t>& extents, float value) {
    Llama model;
    model.extra.tensor("rope_freqs.weight", extents, 0, 64 * 512);
    std::string bytes = model.bytes();
    const std::size_t data = bytes.size() - (model.head ? 13 : 12) * 512;
    bytes.resize(data + 64 * 512);
    for (int i = 0; i < 16; ++i) bytes += files::le_bytes(value);
    return Opened(bytes);
  };
  EXPECT_NO_THROW(build_graph(gguf_config(with({2}, 2.0f).header, *with({2}, 2.0f).file)));
  EXPECT_THAT(with({3}, 2.0f).refusal(), HasSubstr("divisors"));
  EXPECT_THAT(with({2}, 0.0f).refusal(), HasSubstr("divisors"));
  EXPECT_THAT(with({2}, -1.0f).refusal(), HasSubstr("divisors"));
  EXPECT_THAT(with({2}, NAN).refusal(), HasSubstr("a list of finite numbers"));
  EXPECT_THAT(with({1, 2}, 2.0f).refusal(), HasSubstr("one number for each frequency"));
}

TEST(GgufModel, AnUnknownArchitectureNamesThoseThatAreKnown) {
  EXPECT_THAT(refusal({.architecture = "lama"}),
              HasSubstr("no architecture 'lama' among those read from GGUF files; expected one of bert, "));
  EXPECT_THAT(refusal({.architecture = "lama"}), HasSubstr("llama"));
  EXPECT_THAT(Opened(GgufBytes{}.header()).refusal(),
              HasSubstr("'general.architecture' makes no sense; got nothing"));
  EXPECT_THAT(Opened(GgufBytes{}.number("general.architecture", 1).header()).refusal(),
              HasSubstr("expected a string"));
}

TEST(GgufModel, EveryNamingCoversTheGraphOfItsArchitecture) {
  for (const Architecture* entry : architectures()) {
    if (entry->gguf == nullptr) continue;
    std::set<std::string_view> stored, names;
    for (const GgufTensorName& name : entry->gguf->tensors) {
      EXPECT_TRUE(stored.insert(name.stored).second) << entry->model_type << " " << name.stored;
      EXPECT_TRUE(names.insert(name.name).second) << entry->model_type << " " << name.name;
      EXPECT_EQ(name.stored.find("{i}") == std::string_view::npos,
                name.name.find("{i}") == std::string_view::npos);
    }
  }
}

}  // namespace
}  // namespace sonde::models
