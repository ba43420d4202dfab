// Fills the page template. Knows five forms and no logic; whatever comes in by name is escaped unless the
// template itself asks for markup with three braces.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace sonde::report {

/// Fill a template from a JSON object.
///
///   {{name}}             the value as escaped text; {{.}} the current item
///   {{{name}}}           the value as markup
///   {{#name}}…{{/name}}  once per item of a list; once when the value is an object, a true flag or a text
///   that is not empty
///   {{^name}}…{{/name}}  once when that is not so
///   {{! … }}             nothing
///
/// Names are looked up in the current item first, then outwards; an absent name is empty.
/// Errors: internal for a section that is not closed, since templates are ours.
std::string fill_template(std::string_view text, const nlohmann::ordered_json& view);

}  // namespace sonde::report
