// Small pictures that the report's tests draw.
#pragma once

#include "sonde/result/picture.h"

namespace sonde::report {

/// Six points of two classes in the plane, by t-SNE.
inline result::Picture plane_picture() {
  return {.name = "picture-1-tsne",
          .how = "tsne",
          .title = "t-SNE",
          .reading = "Only who is near whom can be read.",
          .at = "hidden[2]",
          .available = 6,
          .trust = {0.912, 2},
          .x = {0, 1, 2, 10, 11, 12},
          .y = {0, 1, 0, 4, 5, 4},
          .rows = {1, 2, 3, 4, 5, 6},
          .classes = {"fresh", "rotten"},
          .labels = {0, 0, 1, 1, 1, 0},
          .colored_by = "category"};
}

/// Four tokens in space, by PCA.
inline result::Picture token_picture() {
  return {.name = "tokens",
          .how = "pca",
          .title = "PCA",
          .at = "hidden[2]",
          .of = "tokens",
          .row = 7,
          .dims = 3,
          .available = 4,
          .details = {{"explained_variance_ratio", {0.5, 0.25, 0.125}}},
          .x = {0, 1, 0, 0},
          .y = {0, 0, 1, 0},
          .z = {0, 0, 0, 1},
          .rows = {1, 2, 3, 4},
          .values = {1, 2, 3, 4},
          .colored_by = "position",
          .texts = {"[CLS]", "a", "</script><b>", "[SEP]"}};
}

}  // namespace sonde::report
