// The sentences of the report: templates filled from a result by rule. "Decodable", or of a number "read
// off": the interval is above majority class or mean, and shuffled labels. "Beats": the paired interval of
// the difference leaves out 0. "Cannot be told apart": it includes 0. Never "significant", never
// "understands".
#pragma once

#include <string>

#include "sonde/report/reading.h"

namespace sonde::report {

std::string question_sentence(
    const Reading& reading);  ///< "Where in M is L decodable?" or "… can L be read off as a number?"
Sentence headline_sentence(const Reading& reading);    ///< what was found, and the best value
Sentence lead_sentence(const Reading& reading);        ///< against majority class and rival, and who beats it
Sentence where_sentence(const Reading& reading);       ///< under "Where is it decodable?"
Sentence baseline_sentence(const Reading& reading);    ///< under "Is it more than words and chance?"
Sentence honesty_sentence(const Reading& reading);     ///< under "Could this be an accident?"
std::string modules_question(const Reading& reading);  ///< heading of the table of all addresses
Sentence modules_sentence(const Reading& reading);     ///< under it
Sentence modules_caption(const Reading& reading);      ///< of Table 2
Sentence probe_sentence(const Reading& reading);       ///< under "How does the probe behave?"
Sentence mistakes_sentence(const Reading& reading);    ///< under "What does it get wrong?"
std::string copied_sentence(
    const Reading& reading);  ///< headline with n, interval and every finding that can change it
std::string methods_text(const Reading& reading);  ///< for a methods section
std::string latex_table(const Reading& reading);   ///< booktabs table of the curve and the baselines
std::string bibtex_entry(const Reading& reading);  ///< the version that ran

/// Say who the best was chosen by: "best, chosen on validation".
std::string chosen_words(const Reading& reading);

}  // namespace sonde::report
