/* One file, C11, no state: a strict reader of safetensors headers and two sums. Limits: a header of 32 MiB,
 * 2^28 weights, 16 tensors of at most 8 dimensions, 65,536 classes. */
#include "sonde_probe.h"

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TENSORS = 16, MOST_CLASSES = 65536, MOST_DIMENSIONS = 8 };
#define MOST_HEADER ((uint64_t)32 << 20)
#define MOST_WEIGHTS ((uint64_t)1 << 28)

struct sonde_probe {
  size_t width;   /* d */
  size_t vectors; /* 1 for two classes, otherwise k */
  size_t classes;
  char* kind;
  int one_vs_rest; /* each class against all others, rather than a softmax */
  char** names;    /* [classes] */
  float* weight;   /* [vectors, d] */
  float* bias;     /* [vectors] */
};

/* How margins become probabilities where there are more than two classes. */
typedef enum { SOFTMAX, ONE_VS_REST } link_t;

/* The kinds whose saved form is a weight vector a class. */
static const struct {
  const char* kind;
  link_t link;
} linear_kinds[] = {
    {"logistic", SOFTMAX}, {"random_direction", SOFTMAX}, {"mass_mean", SOFTMAX}, {"lda", SOFTMAX},
    {"k_sparse", SOFTMAX}, {"sgd", ONE_VS_REST},          {"crc", SOFTMAX},       {"vinc", SOFTMAX}};

/* Where a failed open writes what it has to say. */
typedef struct {
  char* text;
  size_t size;
} message_t;

static sonde_probe_status fail(const message_t* message, sonde_probe_status status, const char* format, ...) {
  if (message->text != NULL && message->size > 0) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message->text, message->size, format, arguments);
    va_end(arguments);
  }
  return status;
}

/* ---- JSON: a cursor over bytes that never reads at or beyond `end` ---- */

typedef struct {
  const unsigned char* at;
  const unsigned char* end;
} cursor_t;

/* A string as it stands between its quotes. */
typedef struct {
  const unsigned char* begin;
  size_t size;
} raw_t;

static void skip_spaces(cursor_t* c) {
  while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r')) ++c->at;
}

static int take(cursor_t* c, char expected) {
  skip_spaces(c);
  if (c->at >= c->end || *c->at != (unsigned char)expected) return 0;
  ++c->at;
  return 1;
}

static int hex_digit(unsigned char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

/* The four hexadecimal digits behind \u, or -1. */
static long hex4(const unsigned char* at, const unsigned char* end) {
  long value = 0;
  if (end - at < 4) return -1;
  for (int i = 0; i < 4; ++i) {
    const int digit = hex_digit(at[i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

/* The bytes of one UTF-8 character, or 0 for what is none: overlong, a surrogate, beyond U+10FFFF, cut. */
static size_t utf8_size(const unsigned char* at, const unsigned char* end) {
  const size_t left = (size_t)(end - at);
  if (at[0] < 0x80) return 1;
  const size_t size = at[0] >= 0xF0 ? 4 : at[0] >= 0xE0 ? 3 : 2;
  if (at[0] < 0xC2 || at[0] > 0xF4 || left < size) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((at[i] & 0xC0) != 0x80) return 0;
  }
  if (at[0] == 0xE0 && at[1] < 0xA0) return 0;
  if (at[0] == 0xED && at[1] > 0x9F) return 0;
  if (at[0] == 0xF0 && at[1] < 0x90) return 0;
  if (at[0] == 0xF4 && at[1] > 0x8F) return 0;
  return size;
}

/* The size of the escape that begins at a backslash, or 0 for none. A surrogate must have its other half. */
static size_t escape_size(const unsigned char* at, const unsigned char* end) {
  if (end - at < 2) return 0;
  if (at[1] != 'u') return strchr("\"\\/bfnrt", at[1]) != NULL && at[1] != 0 ? 2 : 0;
  const long first = hex4(at + 2, end);
  if (first <= 0 || (first >= 0xDC00 && first <= 0xDFFF)) return 0; /* U+0000 would end a text of C */
  if (first < 0xD800 || first > 0xDBFF) return 6;
  if (end - at < 12 || at[6] != '\\' || at[7] != 'u') return 0;
  const long second = hex4(at + 8, end);
  return second >= 0xDC00 && second <= 0xDFFF ? 12 : 0;
}

static int take_string(cursor_t* c, raw_t* string) {
  if (!take(c, '"')) return 0;
  string->begin = c->at;
  while (c->at < c->end && *c->at != '"') {
    if (*c->at < 0x20) return 0;
    const size_t size = *c->at == '\\' ? escape_size(c->at, c->end) : utf8_size(c->at, c->end);
    if (size == 0) return 0;
    c->at += size;
  }
  if (c->at >= c->end) return 0;
  string->size = (size_t)(c->at - string->begin);
  ++c->at;
  return 1;
}

static size_t put_utf8(unsigned long point, char* to) {
  if (point < 0x80) return to[0] = (char)point, 1;
  if (point < 0x800) return to[0] = (char)(0xC0 | point >> 6), to[1] = (char)(0x80 | (point & 0x3F)), 2;
  const size_t size = point < 0x10000 ? 3 : 4;
  to[0] = (char)((size == 3 ? 0xE0 : 0xF0) | point >> (size == 3 ? 12 : 18));
  for (size_t i = 1; i < size; ++i) to[i] = (char)(0x80 | (point >> 6 * (size - 1 - i) & 0x3F));
  return size;
}

/* A copy without escapes, terminated. A text of n bytes never becomes longer. Null when memory ran out. */
static char* decoded(raw_t raw) {
  char* text = malloc(raw.size + 1);
  if (text == NULL) return NULL;
  const unsigned char *at = raw.begin, *end = raw.begin + raw.size;
  size_t size = 0;
  while (at < end) {
    if (*at != '\\') {
      text[size++] = (char)*at++;
      continue;
    }
    const size_t length = escape_size(at, end);
    if (at[1] == 'u') {
      unsigned long point = (unsigned long)hex4(at + 2, end);
      if (length == 12)
        point = 0x10000 + ((point - 0xD800) << 10) + ((unsigned long)hex4(at + 8, end) - 0xDC00);
      size += put_utf8(point, text + size);
    } else {
      const char *const names = "\"\\/bfnrt", *const meanings = "\"\\/\b\f\n\r\t";
      text[size++] = meanings[strchr(names, at[1]) - names];
    }
    at += length;
  }
  text[size] = 0;
  return text;
}

static int equals(raw_t raw, const char* word) {
  return raw.size == strlen(word) && memcmp(raw.begin, word, raw.size) == 0;
}

/* A whole number from 0 to 2^63 - 1 without sign, fraction, exponent or leading zeros. */
static int take_count(cursor_t* c, uint64_t* count) {
  skip_spaces(c);
  const unsigned char* begin = c->at;
  *count = 0;
  for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; ++c->at) {
    const unsigned digit = *c->at - '0';
    if (*count > ((uint64_t)INT64_MAX - digit) / 10) return 0;
    *count = *count * 10 + digit;
  }
  if (c->at == begin || (*begin == '0' && c->at != begin + 1)) return 0;
  return c->at >= c->end || strchr(".eE+-", *c->at) == NULL || *c->at == 0;
}

/* ---- the header ---- */

typedef struct {
  raw_t name;
  raw_t dtype;
  uint64_t shape[MOST_DIMENSIONS];
  size_t dimensions;
  uint64_t begin, end;
} tensor_t;

typedef struct {
  tensor_t tensors[MOST_TENSORS];
  size_t count;
  raw_t kind, classes;
  int has_kind, has_classes;
} header_t;

static size_t element_size(raw_t dtype) {
  static const struct {
    const char* word;
    size_t size;
  } known[] = {{"F64", 8},  {"I64", 8}, {"U64", 8}, {"F32", 4}, {"I32", 4}, {"U32", 4}, {"F16", 2},
               {"BF16", 2}, {"I16", 2}, {"U16", 2}, {"I8", 1},  {"U8", 1},  {"BOOL", 1}};
  for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
    if (equals(dtype, known[i].word)) return known[i].size;
  }
  return 0;
}

static int take_counts(cursor_t* c, uint64_t* counts, size_t most, size_t* size) {
  *size = 0;
  if (!take(c, '[')) return 0;
  if (take(c, ']')) return 1;
  do {
    if (*size == most || !take_count(c, &counts[*size])) return 0;
    ++*size;
  } while (take(c, ','));
  return take(c, ']');
}

/* Whether shape, type and range agree. */
static int tensor_is_whole(const tensor_t* tensor) {
  uint64_t bytes = element_size(tensor->dtype);
  if (bytes == 0 || tensor->begin > tensor->end) return 0;
  for (size_t i = 0; i < tensor->dimensions; ++i) {
    if (tensor->shape[i] != 0 && bytes > (uint64_t)INT64_MAX / tensor->shape[i]) return 0;
    bytes *= tensor->shape[i];
  }
  return bytes == tensor->end - tensor->begin;
}

static int take_tensor(cursor_t* c, tensor_t* tensor) {
  int dtypes = 0, shapes = 0, ranges = 0;
  if (!take(c, '{')) return 0;
  do {
    raw_t key;
    uint64_t range[2];
    size_t size;
    if (!take_string(c, &key) || !take(c, ':')) return 0;
    if (equals(key, "dtype") && ++dtypes == 1) {
      if (!take_string(c, &tensor->dtype)) return 0;
    } else if (equals(key, "shape") && ++shapes == 1) {
      if (!take_counts(c, tensor->shape, MOST_DIMENSIONS, &tensor->dimensions)) return 0;
    } else if (equals(key, "data_offsets") && ++ranges == 1) {
      if (!take_counts(c, range, 2, &size) || size != 2) return 0;
      tensor->begin = range[0];
      tensor->end = range[1];
    } else {
      return 0;
    }
  } while (take(c, ','));
  return take(c, '}') && dtypes + shapes + ranges == 3 && tensor_is_whole(tensor);
}

static int same(raw_t a, raw_t b) { return a.size == b.size && memcmp(a.begin, b.begin, a.size) == 0; }

/* Texts by name; only the two that scoring needs are kept, and each may stand once. */
static int take_metadata(cursor_t* c, header_t* header) {
  if (!take(c, '{')) return 0;
  if (take(c, '}')) return 1;
  do {
    raw_t key, value;
    if (!take_string(c, &key) || !take(c, ':') || !take_string(c, &value)) return 0;
    if (equals(key, "kind")) {
      if (header->has_kind++) return 0;
      header->kind = value;
    } else if (equals(key, "classes")) {
      if (header->has_classes++) return 0;
      header->classes = value;
    }
  } while (take(c, ','));
  return take(c, '}');
}

static int take_header(cursor_t* c, header_t* header) {
  int metadata = 0;
  if (c->at >= c->end || *c->at != '{' || !take(c, '{')) return 0;
  do {
    raw_t key;
    if (!take_string(c, &key) || !take(c, ':')) return 0;
    if (equals(key, "__metadata__")) {
      if (metadata++ || !take_metadata(c, header)) return 0;
      continue;
    }
    if (header->count == MOST_TENSORS) return 0;
    for (size_t i = 0; i < header->count; ++i) {
      if (same(header->tensors[i].name, key)) return 0;
    }
    header->tensors[header->count].name = key;
    if (!take_tensor(c, &header->tensors[header->count++])) return 0;
  } while (take(c, ','));
  if (!take(c, '}')) return 0;
  skip_spaces(c);
  return c->at == c->end;
}

/* Whether the tensors fill the data part one after the other, with no hole, overlap or rest. */
static int tensors_tile(const header_t* header, uint64_t data_size) {
  int used[MOST_TENSORS] = {0};
  uint64_t reached = 0;
  for (size_t step = 0; step < header->count; ++step) {
    size_t next = header->count;
    for (size_t i = 0; i < header->count; ++i) {
      const tensor_t* t = &header->tensors[i];
      /* Of two that begin here an empty one comes first. */
      if (!used[i] && t->begin == reached && (next == header->count || t->end == reached)) next = i;
    }
    if (next == header->count) return 0;
    used[next] = 1;
    reached = header->tensors[next].end;
  }
  return reached == data_size;
}

static const tensor_t* find_tensor(const header_t* header, const char* name) {
  for (size_t i = 0; i < header->count; ++i) {
    if (equals(header->tensors[i].name, name)) return &header->tensors[i];
  }
  return NULL;
}

/* ---- the file ---- */

typedef struct {
  FILE* file;
  unsigned char* header_bytes;
  header_t header;
  uint64_t data_start;
  const message_t* message;
} reader_t;

static sonde_probe_status read_header(reader_t* r) {
  unsigned char prefix[8];
  uint64_t length = 0;
  if (fseek(r->file, 0, SEEK_END) != 0)
    return fail(r->message, SONDE_PROBE_NO_FILE, "the file cannot be read");
  const long end = ftell(r->file);
  if (end < 0 || fseek(r->file, 0, SEEK_SET) != 0 || fread(prefix, 1, 8, r->file) != 8)
    return fail(r->message, SONDE_PROBE_MALFORMED, "too short for a safetensors file, or no file");
  for (int i = 7; i >= 0; --i) length = length << 8 | prefix[i];
  const uint64_t size = (uint64_t)end;
  if (length > MOST_HEADER || length > size - 8)
    return fail(r->message, SONDE_PROBE_MALFORMED,
                "a header of %llu bytes in a file of %llu; at most 32 MiB are read",
                (unsigned long long)length, (unsigned long long)size);
  r->header_bytes = malloc(length > 0 ? (size_t)length : 1);
  if (r->header_bytes == NULL) return fail(r->message, SONDE_PROBE_NO_MEMORY, "no memory for the header");
  if (fread(r->header_bytes, 1, (size_t)length, r->file) != length)
    return fail(r->message, SONDE_PROBE_MALFORMED, "the file ends within its header");
  cursor_t cursor = {r->header_bytes, r->header_bytes + length};
  if (!take_header(&cursor, &r->header))
    return fail(r->message, SONDE_PROBE_MALFORMED, "the header is not that of a saved probe, byte %llu of it",
                (unsigned long long)(cursor.at - r->header_bytes));
  r->data_start = 8 + length;
  if (!tensors_tile(&r->header, size - r->data_start))
    return fail(r->message, SONDE_PROBE_MALFORMED,
                "the tensors do not fill the %llu bytes of data one after the other",
                (unsigned long long)(size - r->data_start));
  return SONDE_PROBE_OK;
}

static sonde_probe_status read_kind(reader_t* r, sonde_probe* probe) {
  if (!r->header.has_kind || !r->header.has_classes)
    return fail(
        r->message, r->header.has_kind ? SONDE_PROBE_NOT_LINEAR : SONDE_PROBE_MALFORMED,
        r->header.has_kind ? "a probe of kind '%.*s' has no classes" : "the metadata names no kind of probe",
        (int)(r->header.kind.size < 64 ? r->header.kind.size : 64), r->header.kind.begin);
  probe->kind = decoded(r->header.kind);
  if (probe->kind == NULL) return fail(r->message, SONDE_PROBE_NO_MEMORY, "no memory");
  for (size_t i = 0; i < sizeof linear_kinds / sizeof *linear_kinds; ++i) {
    if (strcmp(probe->kind, linear_kinds[i].kind) != 0) continue;
    probe->one_vs_rest = linear_kinds[i].link == ONE_VS_REST;
    return SONDE_PROBE_OK;
  }
  return fail(r->message, SONDE_PROBE_NOT_LINEAR, "a probe of kind '%.64s' is no linear classifier",
              probe->kind);
}

/* The metadata `classes` is a text that holds a JSON list of texts. */
static sonde_probe_status read_classes(reader_t* r, sonde_probe* probe) {
  char* list = decoded(r->header.classes);
  sonde_probe_status status = SONDE_PROBE_OK;
  size_t room = 0;
  if (list == NULL) return fail(r->message, SONDE_PROBE_NO_MEMORY, "no memory");
  cursor_t c = {(const unsigned char*)list, (const unsigned char*)list + strlen(list)};
  int sound = take(&c, '[');
  while (sound && status == SONDE_PROBE_OK) {
    raw_t name;
    sound = take_string(&c, &name) && probe->classes < MOST_CLASSES;
    if (!sound) break;
    if (probe->classes == room) {
      room = room == 0 ? 4 : 2 * room;
      char** names = realloc(probe->names, room * sizeof *names);
      if (names == NULL) status = SONDE_PROBE_NO_MEMORY;
      if (names != NULL) probe->names = names;
    }
    if (status == SONDE_PROBE_OK && (probe->names[probe->classes] = decoded(name)) == NULL)
      status = SONDE_PROBE_NO_MEMORY;
    if (status == SONDE_PROBE_OK) ++probe->classes;
    if (!take(&c, ',')) break;
  }
  sound = sound && take(&c, ']');
  skip_spaces(&c);
  sound = sound && c.at == c.end && probe->classes >= 2;
  free(list);
  if (status != SONDE_PROBE_OK) return fail(r->message, status, "no memory for the classes");
  return sound ? SONDE_PROBE_OK
               : fail(r->message, SONDE_PROBE_MALFORMED,
                      "the metadata 'classes' is not a list of two texts or more");
}

static float little_endian_float(const unsigned char* bytes) {
  const uint32_t bits =
      (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

static sonde_probe_status read_floats(reader_t* r, const tensor_t* tensor, const char* name, float** values) {
  const size_t bytes = (size_t)(tensor->end - tensor->begin), count = bytes / 4;
  *values = malloc(bytes > 0 ? bytes : 1);
  if (*values == NULL) return fail(r->message, SONDE_PROBE_NO_MEMORY, "no memory for tensor '%s'", name);
  if (fseek(r->file, (long)(r->data_start + tensor->begin), SEEK_SET) != 0 ||
      fread(*values, 1, bytes, r->file) != bytes)
    return fail(r->message, SONDE_PROBE_MALFORMED, "the file ends within tensor '%s'", name);
  for (size_t i = 0; i < count; ++i) {
    (*values)[i] = little_endian_float((const unsigned char*)*values + 4 * i);
    if (!isfinite((*values)[i]))
      return fail(r->message, SONDE_PROBE_MALFORMED, "tensor '%s' holds NaN or infinity", name);
  }
  return SONDE_PROBE_OK;
}

static sonde_probe_status read_tensors(reader_t* r, sonde_probe* probe) {
  const tensor_t *weight = find_tensor(&r->header, "weight"), *bias = find_tensor(&r->header, "bias");
  const uint64_t vectors = probe->classes == 2 ? 1 : probe->classes;
  if (weight == NULL || bias == NULL || !equals(weight->dtype, "F32") || !equals(bias->dtype, "F32"))
    return fail(r->message, SONDE_PROBE_MALFORMED, "tensor 'weight' or 'bias' is missing or not float32");
  if (weight->dimensions != 2 || weight->shape[0] != vectors || weight->shape[1] == 0 ||
      bias->dimensions != 1 || bias->shape[0] != vectors || weight->shape[1] > MOST_WEIGHTS / vectors)
    return fail(r->message, SONDE_PROBE_MALFORMED, "the shapes are not weight [%llu, d] and bias [%llu]",
                (unsigned long long)vectors, (unsigned long long)vectors);
  probe->vectors = (size_t)vectors;
  probe->width = (size_t)weight->shape[1];
  const sonde_probe_status status = read_floats(r, weight, "weight", &probe->weight);
  return status != SONDE_PROBE_OK ? status : read_floats(r, bias, "bias", &probe->bias);
}

static sonde_probe_status read_probe(reader_t* r, sonde_probe* probe) {
  sonde_probe_status status = read_header(r);
  if (status == SONDE_PROBE_OK) status = read_kind(r, probe);
  if (status == SONDE_PROBE_OK) status = read_classes(r, probe);
  if (status == SONDE_PROBE_OK) status = read_tensors(r, probe);
  return status;
}

/* ---- the public functions ---- */

sonde_probe_status sonde_probe_open(const char* path, sonde_probe** probe, char* message,
                                    size_t message_size) {
  const message_t text = {message, message_size};
  if (message != NULL && message_size > 0) message[0] = 0;
  if (probe == NULL) return fail(&text, SONDE_PROBE_BAD_CALL, "no place for the probe");
  *probe = NULL;
  if (path == NULL) return fail(&text, SONDE_PROBE_BAD_CALL, "no path");
  reader_t* reader = calloc(1, sizeof *reader);
  sonde_probe* opened = calloc(1, sizeof *opened);
  sonde_probe_status status = SONDE_PROBE_NO_MEMORY;
  if (reader != NULL && opened != NULL) {
    reader->message = &text;
    reader->file = fopen(path, "rb");
    status = reader->file == NULL ? fail(&text, SONDE_PROBE_NO_FILE, "the file cannot be opened")
                                  : read_probe(reader, opened);
  } else {
    (void)fail(&text, status, "no memory");
  }
  if (reader != NULL && reader->file != NULL) fclose(reader->file);
  if (reader != NULL) free(reader->header_bytes);
  free(reader);
  if (status == SONDE_PROBE_OK) {
    *probe = opened;
  } else {
    sonde_probe_close(opened);
  }
  return status;
}

void sonde_probe_close(sonde_probe* probe) {
  if (probe == NULL) return;
  for (size_t i = 0; i < probe->classes; ++i) free(probe->names[i]);
  free(probe->names);
  free(probe->kind);
  free(probe->weight);
  free(probe->bias);
  free(probe);
}

/* x · weight + bias of one vector, summed in double. */
static double margin(const sonde_probe* probe, const float* x, size_t vector) {
  const float* weight = probe->weight + vector * probe->width;
  double sum = 0;
  for (size_t j = 0; j < probe->width; ++j) sum += (double)x[j] * weight[j];
  return sum + probe->bias[vector];
}

/* Margins are taken twice rather than kept: a probe has no memory of its own to write to. */
static void softmax(const sonde_probe* probe, const float* x, float* scores) {
  double most = margin(probe, x, 0), sum = 1;
  for (size_t c = 1; c < probe->classes; ++c) {
    const double m = margin(probe, x, c);
    sum = m > most ? sum * exp(most - m) + 1 : sum + exp(m - most);
    if (m > most) most = m;
  }
  for (size_t c = 0; c < probe->classes; ++c) scores[c] = (float)(exp(margin(probe, x, c) - most) / sum);
}

static void one_vs_rest(const sonde_probe* probe, const float* x, float* scores) {
  double sum = 0;
  for (size_t c = 0; c < probe->classes; ++c) sum += 1 / (1 + exp(-margin(probe, x, c)));
  for (size_t c = 0; c < probe->classes; ++c)
    scores[c] = (float)(sum > 0 ? 1 / (1 + exp(-margin(probe, x, c))) / sum : 1 / (double)probe->classes);
}

sonde_probe_status sonde_probe_score(const sonde_probe* probe, const float* x, size_t d, float* scores,
                                     size_t k) {
  if (probe == NULL || x == NULL || scores == NULL || d != probe->width || k != probe->classes)
    return SONDE_PROBE_BAD_CALL;
  for (size_t j = 0; j < d; ++j) {
    if (!isfinite(x[j])) return SONDE_PROBE_NOT_FINITE;
  }
  if (probe->vectors == 1) {
    const double m = margin(probe, x, 0);
    scores[0] = (float)(1 / (1 + exp(m)));
    scores[1] = (float)(1 / (1 + exp(-m)));
    return SONDE_PROBE_OK;
  }
  if (probe->one_vs_rest) {
    one_vs_rest(probe, x, scores);
  } else {
    softmax(probe, x, scores);
  }
  return SONDE_PROBE_OK;
}

size_t sonde_probe_width(const sonde_probe* probe) { return probe == NULL ? 0 : probe->width; }

size_t sonde_probe_classes(const sonde_probe* probe) { return probe == NULL ? 0 : probe->classes; }

const char* sonde_probe_class(const sonde_probe* probe, size_t index) {
  return probe == NULL || index >= probe->classes ? NULL : probe->names[index];
}

const char* sonde_probe_kind(const sonde_probe* probe) { return probe == NULL ? NULL : probe->kind; }

const char* sonde_probe_error_text(sonde_probe_status status) {
  static const char* const texts[] = {
      "no error",
      "the file cannot be read",
      "the file is no saved probe, or lies about its own layout",
      "this kind of probe is no linear classifier and cannot be scored here",
      "memory ran out",
      "a null pointer, or another width or number of classes than the probe's",
      "a number to score is NaN or infinite"};
  const size_t index = (size_t)status;
  return index < sizeof texts / sizeof *texts ? texts[index] : "unknown status";
}
