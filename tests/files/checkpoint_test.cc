// Model folders: one file, shards, and everything that can be wrong between an index and its shards.
#include "sonde/files/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "sonde/files/convert.h"
#include "sonde/files/digest.h"
#include "sonde/files/folder_name.h"
#include "sonde/files/safetensors_writer.h"
#include "torch_files.h"

namespace sonde::files {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

void write_shard(const ScratchFolder& folder, std::string_view file,
                 std::initializer_list<const char*> names) {
  const std::vector<float> values = {1, 2};
  std::vector<TensorInfo> tensors;
  for (const char* name : names) tensors.push_back(float_tensor(name, {2}, values));
  write_safetensors(folder.path() / file, tensors, {}, Existing::replace);
}

void write_index(const ScratchFolder& folder, std::string_view map) {
  folder.write("model.safetensors.index.json", R"({"metadata":{},"weight_map":)" + std::string(map) + "}");
}

std::string refusal(const ScratchFolder& folder) {
  const Error error = error_of([&] { Checkpoint checkpoint(folder.path()); });
  EXPECT_EQ(error.code(), ErrorCode::input);
  EXPECT_FALSE(error.parts().path.empty());
  return error.what();
}

TEST(Checkpoint, OpensOneFileWithItsTexts) {
  const ScratchFolder folder;
  write_shard(folder, "model.safetensors", {"b", "a"});
  folder.write("config.json", "{}");
  const Checkpoint checkpoint(folder.path());
  ASSERT_EQ(checkpoint.tensors().size(), 2u);
  EXPECT_THAT(to_float(checkpoint.at("a")), ElementsAre(1, 2));
  EXPECT_EQ(checkpoint.find("c"), nullptr);
  EXPECT_EQ(checkpoint.tensor_bytes(), 16);
  EXPECT_EQ(checkpoint.read_text("config.json"), "{}");
  EXPECT_TRUE(checkpoint.has("config.json"));
  EXPECT_FALSE(checkpoint.has("tokenizer.json"));
  EXPECT_EQ(checkpoint.digest(), sha256_of_file(folder.path() / "model.safetensors"));
  EXPECT_THAT(error_of([&] { checkpoint.at("aa"); }).what(), HasSubstr("did you mean"));
  EXPECT_THAT(error_of([&] { checkpoint.read_text("tokenizer.json"); }).what(), HasSubstr("tokenizer.json"));
  EXPECT_THAT(error_of([&] { checkpoint.read_text("../secret"); }).what(), HasSubstr("unsafe file name"));
}

// Pages of files that this process has in memory.
std::int64_t mapped_pages() {
  std::int64_t all = 0, resident = 0, of_files = 0;
  std::ifstream("/proc/self/statm") >> all >> resident >> of_files;
  return of_files;
}

TEST(Checkpoint, ReleasesATensorThatWasReadAndReadsItAgain) {
  const ScratchFolder folder;
  std::vector<float> values(1 << 21);  // 2,048 pages
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 1000);
  const std::vector<TensorInfo> tensors = {float_tensor("a", {1 << 21}, values),
                                           float_tensor("b", {3}, std::span(values).first(3))};
  write_safetensors(folder.path() / "model.safetensors", tensors, {}, Existing::replace);
  const Checkpoint checkpoint(folder.path());
  EXPECT_EQ(to_float(checkpoint.at("a")), values);
  EXPECT_THAT(to_float(checkpoint.at("b")), ElementsAre(0, 1, 2));
  const std::int64_t before = mapped_pages();
  checkpoint.release(checkpoint.at("a"));
  EXPECT_LT(mapped_pages(), before - 2000);
  EXPECT_EQ(to_float(checkpoint.at("a")), values);
  EXPECT_THAT(to_float(checkpoint.at("b")), ElementsAre(0, 1, 2));
}

TEST(Checkpoint, OpensShardsAsOneTable) {
  const ScratchFolder folder;
  write_shard(folder, "model-1.safetensors", {"b"});
  write_shard(folder, "model-2.safetensors", {"a", "c"});
  write_index(folder, R"({"a":"model-2.safetensors","b":"model-1.safetensors","c":"model-2.safetensors"})");
  const Checkpoint checkpoint(folder.path());
  ASSERT_EQ(checkpoint.tensors().size(), 3u);
  EXPECT_EQ(checkpoint.tensors()[0].name, "a");
  EXPECT_EQ(checkpoint.files().size(), 2u);
  EXPECT_EQ(checkpoint.digest().size(), 64u);
}

TEST(Checkpoint, OpensTorchFilesAndPrefersSafetensors) {
  const ScratchFolder folder;
  folder.write("pytorch_model.bin", torch_file("zip_module_2.15.bin"));
  const Checkpoint torch(folder.path());
  EXPECT_EQ(torch.files()[0]->container(), "torch_zip");
  EXPECT_EQ(torch.at("0.weight").shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(torch.digest(), sha256_of_file(folder.path() / "pytorch_model.bin"));
  write_shard(folder, "model.safetensors", {"a"});
  EXPECT_EQ(Checkpoint(folder.path()).files()[0]->container(), "safetensors");
}

TEST(Checkpoint, OpensTorchShards) {
  const ScratchFolder folder;
  folder.write("pytorch_model-00001-of-00002.bin", zip_bytes(zip_spec()));
  folder.write("pytorch_model-00002-of-00002.bin",
               legacy_bytes("}(" + op::text("v") +
                            op::tensor(op::storage("0", 4), 1, op::integer(3), op::integer(1)) + "u"));
  const auto index = [&](std::string_view map) {
    folder.write("pytorch_model.bin.index.json", R"({"metadata":{},"weight_map":)" + std::string(map) + "}");
  };
  index(R"({"v":"pytorch_model-00002-of-00002.bin","w":"pytorch_model-00001-of-00002.bin"})");
  const Checkpoint checkpoint(folder.path());
  EXPECT_THAT(to_float(checkpoint.at("w")), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(to_float(checkpoint.at("v")), ElementsAre(2, 3, 4));
  index(R"({"v":"pytorch_model-00001-of-00002.bin","w":"pytorch_model-00001-of-00002.bin"})");
  EXPECT_THAT(refusal(folder), HasSubstr("shard lacks tensor 'v'"));
  index(R"({"w":"../pytorch_model.bin"})");
  EXPECT_THAT(refusal(folder), HasSubstr("unsafe file name"));
}

TEST(Checkpoint, MissingPartsAreNamed) {
  EXPECT_THAT(error_of([] { Checkpoint checkpoint("no/such/model"); }).what(), HasSubstr("no such folder"));
  const ScratchFolder folder;
  EXPECT_THAT(error_of([&] { Checkpoint checkpoint(folder.write("m.gguf", "GGUF")); }).what(),
              HasSubstr("not a model folder"));
  EXPECT_THAT(refusal(folder),
              HasSubstr("'m.gguf', expected model.safetensors or model.safetensors.index.json"));
  std::filesystem::remove(folder.path() / "m.gguf");
  EXPECT_THAT(refusal(folder), HasSubstr("holds no weights"));
  folder.write("tf_model.h5", "\x89HDF");
  EXPECT_THAT(refusal(folder), HasSubstr("not supported yet; got 'tf_model.h5'"));
  write_shard(folder, "s1.safetensors", {"a"});
  write_index(folder, R"({"a":"s1.safetensors","b":"s2.safetensors"})");
  EXPECT_THAT(refusal(folder), HasSubstr("s2.safetensors: shard is missing"));
}

TEST(Checkpoint, IndexAndShardsMustAgree) {
  const ScratchFolder folder;
  write_shard(folder, "s1.safetensors", {"a", "b"});
  write_shard(folder, "s2.safetensors", {"b", "c"});
  write_index(folder, R"({"a":"s1.safetensors","b":"s1.safetensors","c":"s2.safetensors"})");
  EXPECT_THAT(refusal(folder), HasSubstr("tensor 'b' is in two shards"));
  write_shard(folder, "s2.safetensors", {"c"});
  write_index(folder, R"({"a":"s1.safetensors","b":"s2.safetensors","c":"s2.safetensors"})");
  EXPECT_THAT(refusal(folder), HasSubstr("shard lacks tensor 'b'"));
  write_index(folder, R"({"a":"s1.safetensors","c":"s2.safetensors"})");
  EXPECT_THAT(refusal(folder), HasSubstr("tensor 'b' is not in the index"));
}

TEST(Checkpoint, BadIndexesAreRefused) {
  const ScratchFolder folder;
  write_shard(folder, "s.safetensors", {"a"});
  for (const char* map :
       {"[]", "null", R"({"a":1})", R"({"a":null})", R"({"a":["s.safetensors"]})", R"({"a":""})",
        R"({"a":"s.safetensors","a":"s.safetensors"})", "{}", "{", "\"s.safetensors\"",
        R"({"a":"./s.safetensors"})", R"({"a":"sub/s.safetensors"})", R"({"a":"..\\s.safetensors"})",
        R"({"a":"C:s.safetensors"})", R"({"a":"/etc/passwd"})", R"({"a":"../s.safetensors"})",
        R"({"a":"s.safetensors\u0000.json"})", R"({"a":".."})", "{\"\xff\":\"s.safetensors\"}"}) {
    SCOPED_TRACE(map);
    write_index(folder, map);
    EXPECT_THAT(refusal(folder), HasSubstr("model.safetensors.index.json"));
  }
}

TEST(Checkpoint, LinksMayNotLeaveTheFolder) {
  const ScratchFolder outside;
  write_shard(outside, "model.safetensors", {"a"});
  const ScratchFolder folder;
  std::filesystem::create_symlink(outside.path() / "model.safetensors", folder.path() / "model.safetensors");
  EXPECT_THAT(refusal(folder), HasSubstr("link that leaves the model folder"));
}

TEST(Checkpoint, LinksOfTheHubCacheAreFollowed) {
  const ScratchFolder cache;
  std::filesystem::create_directories(cache.path() / "snapshots" / "abc");
  std::filesystem::create_directories(cache.path() / "blobs");
  write_shard(cache, "blobs/0123", {"a"});
  const std::filesystem::path snapshot = cache.path() / "snapshots" / "abc";
  std::filesystem::create_symlink("../../blobs/0123", snapshot / "model.safetensors");
  EXPECT_EQ(Checkpoint(snapshot).tensors().size(), 1u);
}

TEST(Checkpoint, BlobsThatRepositoriesOfTheHubCacheShareAreFollowed) {
  const ScratchFolder cache;
  std::filesystem::create_directories(cache.path() / "blobs" / "01");
  write_shard(cache, "blobs/01/0123", {"a"});
  for (const auto& [repository, shared] :
       {std::pair("models--acme--tiny", true), std::pair("elsewhere", false)}) {
    const std::filesystem::path snapshot = cache.path() / repository / "snapshots" / "abc";
    const std::filesystem::path blobs = cache.path() / repository / "blobs";
    std::filesystem::create_directories(snapshot);
    std::filesystem::create_directories(blobs);
    std::filesystem::create_symlink("../../blobs/01/0123", blobs / "4567");
    std::filesystem::create_symlink("../../blobs/4567", snapshot / "model.safetensors");
    if (shared) {
      EXPECT_EQ(Checkpoint(snapshot).tensors().size(), 1u);
    } else {
      EXPECT_EQ(error_of([&] { Checkpoint opened(snapshot); }).code(), ErrorCode::input);
    }
  }
}

TEST(FolderName, OnlyPlainPathsPass) {
  for (const char* path : {"a", "a/b.json", "data/train-00000-of-00001.parquet", ".hidden/a"})
    EXPECT_TRUE(is_plain_path(path)) << path;
  for (const std::string& path :
       {std::string(), std::string("/a"), std::string("a/"), std::string("a//b"), std::string("a/../b"),
        std::string("./a"), std::string("a/nul/b"), std::string("a\\b/c"), std::string("C:/a"),
        std::string("a/b "), std::string(600, 'a') + "/" + std::string(600, 'b')}) {
    EXPECT_FALSE(is_plain_path(path)) << path;
  }
}

TEST(FolderName, OnlyPlainNamesPass) {
  for (const char* name : {"model.safetensors", "model-00001-of-00002.safetensors", "ünïcode.json", ".hidden",
                           "a..b", "console.txt", "com10"}) {
    EXPECT_TRUE(is_plain_name(name)) << name;
  }
  const std::string with_nul("a\0b", 3);
  for (const std::string& name : {std::string(),           std::string("."),
                                  std::string(".."),       std::string("a/b"),
                                  std::string("/a"),       std::string("a/"),
                                  std::string("..\\a"),    std::string("a\\b"),
                                  std::string("C:a"),      std::string("\\\\host\\share"),
                                  std::string("a:stream"), with_nul,
                                  std::string("a\n"),      std::string("a\x7f"),
                                  std::string("a."),       std::string("a "),
                                  std::string("con"),      std::string("NUL.txt"),
                                  std::string("Com1"),     std::string("lpt9.bin"),
                                  std::string("a*"),       std::string("a?"),
                                  std::string("<a>"),      std::string("a|b"),
                                  std::string(256, 'a')}) {
    EXPECT_FALSE(is_plain_name(name)) << name;
  }
}

}  // namespace
}  // namespace sonde::files
