// The top principal component of the differences between contrary statements, each prompt normalised on the
// training rows. Closed form, also from sums over rows; labels are used for the sign alone. Reads two
// prompts: prompt 0 says that the first class is true, prompt 1 that the second is. Refuses any other number
// of prompts. Source: Burns et al. 2023, "Discovering latent knowledge in language models without
// supervision", contrastive representation clustering by the top principal component (CRC-TPC).
#include "sonde/probes/contrast.h"

namespace sonde::probes {
namespace {

constexpr std::string_view kKind = "crc";

struct CrcOptions {
  std::string normalize = "mean";
  std::string sign = "train";

  template <class V>
  void fields(V& visit) {
    visit("normalize", normalize,
          {.help = "what each prompt is freed of, on the training rows: its mean, its mean and deviation",
           .words = kNormalizeWords});
    visit("sign", sign, {.help = kSignHelp, .words = kSignWords});
  }
};

class Crc : public Probe, public ClosedForm {
 public:
  explicit Crc(CrcOptions options) : options_(std::move(options)) {}

  std::unique_ptr<FittedProbe> fit(const LabelledInput& train, const RunContext&) const override {
    check_contrast(kKind, train, 2);
    return fit_direction(kKind, train, direction(), options());
  }
  const ClosedForm* closed_form() const override { return this; }
  SumShape shape(std::int64_t width, std::int64_t classes) const override {
    return {.moments = {.columns = width, .classes = classes}};
  }
  std::unique_ptr<FittedProbe> solve(const FormSums& sums) const override {
    return solve_direction(kKind, sums, direction(), options());
  }
  std::string_view kind() const override { return kKind; }
  InputKind input_kind() const override { return InputKind::contrast; }
  nlohmann::ordered_json options() const override { return options_to_json(options_); }

 private:
  DirectionOptions direction() const { return {.normalize = options_.normalize, .sign = options_.sign}; }

  CrcOptions options_;
};

std::unique_ptr<Probe> make(const nlohmann::json& given) {
  CrcOptions options;
  assign_options("probe crc", given, options);
  return std::make_unique<Crc>(std::move(options));
}

std::unique_ptr<FittedProbe> open(const SavedProbe& saved) { return open_direction(kKind, saved); }

}  // namespace

extern const ProbeRecord crc_entry;
const ProbeRecord crc_entry{
    .name = kKind,
    .summary = "top principal component of the differences of contrast pairs, no labels",
    .source = "Burns et al. 2023, CRC-TPC",
    .input = InputKind::contrast,
    .class_limit = ClassLimit::two,
    .options = [] { return field_records(CrcOptions{}); },
    .make = make,
    .open = open};

}  // namespace sonde::probes
