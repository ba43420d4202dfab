// The direction along which statements vary most, their wordings least, and contrary statements go opposite
// ways. Closed form; labels are used for the sign alone. Reads 2·a prompts, of which 2a says in wording a
// that the first class is true and 2a + 1 that the second is. Refuses an odd number of prompts; supervision
// (the S of VINC-S) is left out. Source: Belrose, Mallen et al. 2024, "VINC-S: closed-form
// optionally-supervised knowledge elicitation with paraphrase invariance" (blog.eleuther.ai/vincs), equations
// 5 to 8. EleutherAI/elk-generalization adds the covariance of contrary statements where the equations take
// it away; here the equations hold.
#include "sonde/probes/contrast.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "vinc";

struct VincOptions {
  double variance = 1;
  double invariance = 1;
  double covariance = 1;
  std::string normalize = "mean";
  std::string sign = "train";

  template <class V>
  void fields(V& visit) {
    visit("variance", variance,
          {.help = "weight of the spread of statements", .larger = "statements spread further", .low = 0});
    visit("invariance", invariance,
          {.help = "weight of the agreement of a statement's wordings",
           .larger = "wordings lie closer together",
           .low = 0});
    visit("covariance", covariance,
          {.help = "weight of the negative covariance of contrary statements",
           .larger = "contrary statements go further opposite ways",
           .low = 0});
    visit("normalize", normalize,
          {.help = "what each prompt is freed of, on the training rows: its mean, its mean and deviation",
           .words = kNormalizeWords});
    visit("sign", sign, {.help = kSignHelp, .words = kSignWords});
  }
};

class Vinc : public Probe {
 public:
  explicit Vinc(VincOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_contrast(kKind, train, kMostPrompts);
    return fit_direction(kKind, train,
                         {.normalize = options_.normalize,
                          .sign = options_.sign,
                          .terms = {options_.variance, options_.invariance, options_.covariance}},
                         options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::contrast; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  static constexpr std::int64_t kMostPrompts = 1 << 20;

  VincOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  VincOptions options;
  assign_options("probe vinc", given, options);
  return std::make_unique<Vinc>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_direction(kKind, saved); }

}  // namespace

extern const ProbeRecord vinc_entry;
const ProbeRecord vinc_entry{
    .name = kKind,
    .summary = "variance, invariance and negative covariance of contrast sets, no labels",
    .source = "Belrose, Mallen et al. 2024, VINC",
    .input = InputKind::contrast,
    .class_limit = ClassLimit::two,
    .options = [] { return field_records(VincOptions{}); },
    .make = make,
    .open = open};

}  // namespace sonde::probes
