// The content security policy of our pages: it allows the one style sheet and the one script by their hashes.
#pragma once

#include <string>
#include <string_view>

namespace sonde::report {

/// Give the source expression by which a policy allows exactly this text: sha256 in base64.
std::string policy_hash(std::string_view text);

}  // namespace sonde::report
