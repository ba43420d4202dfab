// CamemBERT: RoBERTa for French, with a vocabulary of its own.
// Source: Martin et al. 2020; module names and order of transformers 5.23, modeling_camembert.py.
#include "sonde/models/architecture.h"
#include "sonde/models/blocks/roberta_model.h"

namespace sonde::models {
namespace {

graph::Graph build(const Config& config, std::string_view model_class) {
  return roberta_graph(config, model_class, {"CamembertForMaskedLM", 30522});
}

}  // namespace

extern const Architecture camembert_entry;
const Architecture camembert_entry = {
    "camembert", "CamemBERT encoder, RoBERTa for French", {"CamembertModel", "CamembertForMaskedLM"}, build};

}  // namespace sonde::models
