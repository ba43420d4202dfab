// A page with one picture: it stands alone, works without a network, and moves where a script may run.
// Without one the still drawing is there.
#pragma once

#include <string>

#include "sonde/result/picture.h"

namespace sonde::report {

/// Write the page. Equal pictures give equal bytes. Whatever the picture says reaches the page as text.
std::string picture_html(const result::Picture& picture);

}  // namespace sonde::report
