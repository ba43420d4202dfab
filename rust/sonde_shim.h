/* The C interface of the crate sonde-shim: tokenizers, tables and SVG rasterising. Written by hand;
 * the structures mirror rust/src. No function prints, aborts on bad input, or lets a panic out: each returns
 * a sonde_code and, when that is not SONDE_OK, fills *error. Only the rooms text, tables and report include
 * this header.
 *
 * Ownership: what a function puts into an `out` parameter belongs to the caller, who gives it back with the
 * function named there. After a code other than SONDE_OK no `out` parameter was written. Views are read
 * during the call only. */
#ifndef SONDE_SHIM_H
#define SONDE_SHIM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- errors and buffers
 * ---------------------------------------------------------------------------------------- */

enum sonde_code {
  SONDE_OK = 0,
  SONDE_INPUT = 1,     /* the file or text is malformed */
  SONDE_USAGE = 2,     /* an argument makes no sense */
  SONDE_LIMIT = 3,     /* a limit was exceeded */
  SONDE_PANIC = 4,     /* the code behind panicked; the message is the panic's */
  SONDE_NO_COLUMN = 5, /* a wanted column is absent; see sonde_error.detail */
};

/* Bytes that the caller keeps alive during the call; need not end in NUL. */
typedef struct sonde_view {
  const char* data;
  size_t size;
} sonde_view;

/* A buffer allocated by the crate; give it back with sonde_shim_free_bytes. */
typedef struct sonde_bytes {
  char* data;
  size_t size;
  size_t capacity;
} sonde_bytes;

/* What went wrong; give it back with sonde_shim_free_error. */
typedef struct sonde_error {
  int32_t code;        /* sonde_code */
  int64_t offset;      /* 1-based line or row, 0-based index of a text, or -1 */
  sonde_bytes message; /* UTF-8 */
  sonde_bytes
      detail; /* SONDE_NO_COLUMN: JSON list of the missing name, then the names that exist; else empty */
} sonde_error;

/* Free a buffer and clear it. Null and empty buffers are allowed. */
void sonde_shim_free_bytes(sonde_bytes* bytes);

/* Free the buffers of an error and clear them. */
void sonde_shim_free_error(sonde_error* error);

/* For tests: panic, in this thread or (in_worker != 0) in a thread of the crate. Always gives SONDE_PANIC. */
int32_t sonde_shim_force_panic(int32_t in_worker, sonde_error* error);

/* ---- pictures
 * -------------------------------------------------------------------------------------------------- */

/* Draw an SVG document as PNG, `scale` pixels per SVG unit. Text is drawn in the machine's fonts; generic
 * families map to DejaVu, Liberation or Noto, and a family that is absent falls back to the sans-serif one.
 * References to other files are not followed. Gives SONDE_INPUT for what is no SVG, SONDE_LIMIT for a side
 * over 16384 pixels. */
int32_t sonde_svg_to_png(sonde_view svg, float scale, sonde_bytes* out, sonde_error* error);

/* ---- tables
 * ---------------------------------------------------------------------------------------------------- */

struct ArrowArrayStream; /* the Arrow C stream interface; declared by the caller from its specification */

enum sonde_table_format {
  SONDE_TABLE_CSV = 0,
  SONDE_TABLE_TSV = 1,
  SONDE_TABLE_JSONL = 2,
  SONDE_TABLE_PARQUET = 3,
  SONDE_TABLE_ARROW = 4, /* IPC file, or IPC stream */
};

enum sonde_column_kind {
  SONDE_COLUMN_TEXT = 0,     /* arrives as large UTF-8 (format "U") */
  SONDE_COLUMN_INTEGERS = 1, /* arrives as large list (format "+L") of int64 ("l") */
};

typedef struct sonde_limits {
  size_t text_bytes; /* longest cell */
  size_t row_bytes;  /* longest row of a text format */
  size_t columns;    /* most columns of a file */
} sonde_limits;

typedef struct sonde_table_request {
  sonde_view path;
  const sonde_view* names; /* [n_columns] wanted columns */
  const int32_t* kinds;    /* [n_columns] sonde_column_kind of each */
  size_t n_columns;
  sonde_limits limits;
  int32_t format; /* sonde_table_format */
  int32_t quotes; /* CSV and TSV: 1 cells may be quoted, 0 a quote is an ordinary character */
} sonde_table_request;

/* Open a table as a stream of batches: struct arrays whose children are the wanted columns in the order asked
 * for. Rows keep the file's order. The stream is released by its own release callback. When get_next fails,
 * ask sonde_table_last_error. */
int32_t sonde_table_open(const sonde_table_request* request, struct ArrowArrayStream* out,
                         sonde_error* error);

/* Move the error of the last failed call on a stream of ours into *error. */
void sonde_table_last_error(struct ArrowArrayStream* stream, sonde_error* error);

/* Give the column names of a table as a JSON list (JSON lines: of its first 1000 lines). `names` is not read.
 */
int32_t sonde_table_columns(const sonde_table_request* request, sonde_bytes* out, sonde_error* error);

/* ---- tokenizers
 * ------------------------------------------------------------------------------------------------ */

/* A tokenizer; safe to use from several threads at once. */
typedef struct sonde_tokenizer sonde_tokenizer;

/* Open a tokenizer from the bytes of tokenizer.json. Truncation and padding that it carries are dropped. */
int32_t sonde_tokenizer_from_json(sonde_view json, sonde_tokenizer** out, sonde_error* error);

typedef struct sonde_wordpiece_options {
  int32_t lower_case;
  int32_t strip_accents;                                    /* 1 yes, 0 no, -1 when lower-casing */
  int32_t split_chinese;                                    /* put spaces around Chinese characters */
  sonde_view unknown, separator, padding, classifier, mask; /* special tokens */
} sonde_wordpiece_options;

/* Open BERT's WordPiece from the bytes of vocab.txt: [CLS] text [SEP]. */
int32_t sonde_tokenizer_from_wordpiece(sonde_view vocabulary, const sonde_wordpiece_options* options,
                                       sonde_tokenizer** out, sonde_error* error);

typedef struct sonde_bpe_options {
  int32_t prefix_space;       /* put a space before every text */
  const sonde_view* specials; /* [n_specials] tokens that are matched whole */
  size_t n_specials;
} sonde_bpe_options;

/* Open GPT-2's byte-level BPE from the bytes of vocab.json and merges.txt; no token is added to a text. */
int32_t sonde_tokenizer_from_bpe(sonde_view vocabulary, sonde_view merges, const sonde_bpe_options* options,
                                 sonde_tokenizer** out, sonde_error* error);

/* Which class's rules a SentencePiece model is used with. */
enum sonde_unigram_rules {
  SONDE_UNIGRAM_DEBERTA = 0, /* DebertaV2Tokenizer of transformers */
  SONDE_UNIGRAM_ALBERT = 1,  /* AlbertTokenizer */
};

/* A token that is matched whole, before the model sees the text. */
typedef struct sonde_added_token {
  sonde_view content;
  int32_t special;
  int32_t normalized; /* looked for in the normalised text */
  int32_t strip_left; /* takes the blanks before it along */
  int32_t strip_right;
  int32_t single_word; /* not inside a word */
} sonde_added_token;

typedef struct sonde_unigram_options {
  int32_t rules; /* sonde_unigram_rules */
  int32_t lower_case;
  int32_t keep_accents;                      /* Albert only */
  int32_t split_punctuation;                 /* Deberta only */
  int32_t prefix_space;                      /* put a blank before every text */
  int32_t add_own_symbols;                   /* also add the model's control and user-defined pieces */
  sonde_view unknown, classifier, separator; /* special tokens */
  const sonde_added_token* added;            /* [n_added] in order; a new one gets the next id */
  size_t n_added;
} sonde_unigram_options;

/* Open a Unigram tokenizer from the bytes of a SentencePiece model: classifier, text, separator. Gives
 * SONDE_INPUT for a model of another type than unigram. */
int32_t sonde_tokenizer_from_sentencepiece(sonde_view model, const sonde_unigram_options* options,
                                           sonde_tokenizer** out, sonde_error* error);

/* Close a tokenizer; null is allowed. */
void sonde_tokenizer_free(sonde_tokenizer* tokenizer);

typedef struct sonde_encode_options {
  size_t max_length;   /* most tokens of a text, special ones included; 0 means no limit */
  int32_t add_special; /* 1: add the special tokens that the model expects */
} sonde_encode_options;

/* Tokens of several texts end to end; give back with sonde_shim_free_encoding. */
typedef struct sonde_encoding {
  int32_t* ids;          /* [n_ids] */
  uint8_t* special;      /* [n_ids] 1 where the token was added and is not of the text */
  int32_t* lengths;      /* [n_texts] tokens kept */
  int32_t* full_lengths; /* [n_texts] tokens before truncation */
  size_t n_ids;
  size_t n_texts;
} sonde_encoding;

/* Encode texts. A failure's offset is the index of the text. */
int32_t sonde_tokenizer_encode(const sonde_tokenizer* tokenizer, const sonde_view* texts, size_t n_texts,
                               const sonde_encode_options* options, sonde_encoding* out, sonde_error* error);

/* Free an encoding and clear it. */
void sonde_shim_free_encoding(sonde_encoding* encoding);

/* Give the tokens of one text as a JSON list of {id, token, begin, end, special}; begin and end are byte
 * offsets. */
int32_t sonde_tokenizer_pieces(const sonde_tokenizer* tokenizer, sonde_view text, int32_t add_special,
                               sonde_bytes* out, sonde_error* error);

/* Give the text of token ids. Gives SONDE_INPUT for an id that is not in the vocabulary. */
int32_t sonde_tokenizer_decode(const sonde_tokenizer* tokenizer, const int32_t* ids, size_t n_ids,
                               int32_t skip_special, sonde_bytes* out, sonde_error* error);

/* Give a JSON object: model, vocabulary_size, special_tokens_per_text, lower_case, special_tokens[{id,
 * token}]. */
int32_t sonde_tokenizer_describe(const sonde_tokenizer* tokenizer, sonde_bytes* out, sonde_error* error);

#ifdef __cplusplus
}
#endif

#endif
