// What a study's examples are made of, as its file says: a table, generated number pairs, or tokens found in
// documents. Plain data.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sonde::study {

/// Section [data].
struct DataSpec {
  std::string file, revision, format, text, ids, label, group, id;
  std::string test_file;
  std::int64_t limit = 0;
  std::vector<std::string> templates;
  std::string missing = "refuse";
  std::string label_noun, row_noun, group_noun;

  template <class V>
  void fields(V& visit) {
    visit("file", file,
          {.help = "table: csv, tsv, jsonl, parquet or arrow; also hf://datasets/OWNER/NAME/PATH"});
    visit("revision", revision, {.help = "branch, tag or commit of data from a hub"});
    visit("format", format, {.help = "format of the table; empty: by extension, then by content"});
    visit("text", text, {.help = "column with the text"});
    visit("ids", ids, {.help = "column with lists of token ids, in place of a text"});
    visit("label", label, {.help = "column with the label"});
    visit("group", group, {.help = "column whose values must not cross the split"});
    visit("id", id, {.help = "column with an identifier of the row"});
    visit(
        "test_file", test_file,
        {.help = "table of the same columns whose rows are for validation and test; those of `file` are then "
                 "all for training"});
    visit("limit", limit, {.help = "first rows of each table only; 0: all", .low = 0});
    visit(
        "templates", templates,
        {.help =
             "what the model reads of a row, with columns in braces: \"Is this good? {text}\", where {text} "
             "is the text column; two or more give a row as many prompts, a contrast set"});
    visit("missing", missing, {.help = "a row without text or label", .words = {"refuse", "skip"}});
    visit("label_noun", label_noun, {.help = "what the report calls the label, for example sentiment"});
    visit("row_noun", row_noun, {.help = "what the report calls a row, for example review"});
    visit("group_noun", group_noun, {.help = "what the report calls a group, for example film"});
  }
};

}  // namespace sonde::study
