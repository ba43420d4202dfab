// XLM-RoBERTa: RoBERTa over a vocabulary of a hundred languages.
// Source: Conneau et al. 2020; module names and order of transformers 5.23, modeling_xlm_roberta.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/roberta_model.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  return roberta_graph(config, model_class, {"XLMRobertaForMaskedLM", 30522});
}

}  // namespace

extern const Architecture xlm_roberta_entry;
const Architecture xlm_roberta_entry = {"xlm-roberta",
                                        "XLM-RoBERTa encoder, RoBERTa over a hundred languages",
                                        {"XLMRobertaModel", "XLMRobertaForMaskedLM"},
                                        build};

}  // namespace sonde::models
