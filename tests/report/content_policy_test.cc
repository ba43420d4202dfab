#include "sonde/report/content_policy.h"

#include <gtest/gtest.h>

namespace sonde::report {
namespace {

// `printf '' | openssl dgst -sha256 -binary | base64`, and the same for "a".
TEST(ContentPolicy, HashesAsOpensslDoes) {
  EXPECT_EQ(policy_hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  EXPECT_EQ(policy_hash("a"), "sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=");
}

}  // namespace
}  // namespace sonde::report
