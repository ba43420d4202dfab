// Cuts a text into lower-cased words for counting. Not a language model's tokenizer, and no stemming or stop
// words.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace sonde::probes {

/// Call `word` with every word of a UTF-8 text, lower-cased: runs of two or more word characters.
/// Word characters are ASCII letters, digits and underscore, and every code point from U+00AA on except the
/// blocks of punctuation, symbols, spaces, combining marks and emoji. Lower case: ASCII, Latin-1, Latin
/// Extended-A, Greek, Cyrillic. A malformed byte ends a word. Source: the default token rule of
/// scikit-learn's CountVectorizer, (?u)\b\w\w+\b; it equals it on ASCII.
void for_each_word(std::string_view text, const std::function<void(const std::string& word)>& word);

}  // namespace sonde::probes
