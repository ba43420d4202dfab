// RoBERTa: BERT's encoder with shifted positions and its own masked-LM head.
// Source: Liu et al. 2019; module names and order of transformers 5.23, modeling_roberta.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/roberta_model.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  return roberta_graph(config, model_class, {"RobertaForMaskedLM"});
}

}  // namespace

extern const Architecture roberta_entry;
const Architecture roberta_entry = {"roberta",
                                    "RoBERTa encoder, BERT's with shifted positions",
                                    {"RobertaModel", "RobertaForMaskedLM"},
                                    build};

}  // namespace sonde::models
