// Scores vectors with a saved linear probe of Sonde, with nothing but the C library (and exp() of libm).
// A saved probe is a safetensors file with float32 tensors `weight` and `bias` and the metadata `kind` and
// `classes`. Kinds that are not linear are refused by name, and so is every file that is not exactly what the
// format says.
//
//   sonde_probe *probe = NULL;
//   char message[256];
//   if (sonde_probe_open("probe.safetensors", &probe, message, sizeof message) != SONDE_PROBE_OK)
//   puts(message); float scores[2]; sonde_probe_score(probe, x, d, scores, 2); sonde_probe_close(probe);
//
// A probe does not change once it is open: any number of threads may score with it at the same time.
#ifndef SONDE_PROBE_H
#define SONDE_PROBE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SONDE_PROBE_API __attribute__((visibility("default")))
#else
#define SONDE_PROBE_API
#endif

/// What became of a call.
typedef enum {
  SONDE_PROBE_OK = 0,
  SONDE_PROBE_NO_FILE = 1,     ///< the file cannot be read
  SONDE_PROBE_MALFORMED = 2,   ///< it is no saved probe, or lies about its own layout
  SONDE_PROBE_NOT_LINEAR = 3,  ///< it holds a kind of probe that this library cannot score
  SONDE_PROBE_NO_MEMORY = 4,
  SONDE_PROBE_BAD_CALL = 5,   ///< a null pointer, or another width or number of classes than the probe's
  SONDE_PROBE_NOT_FINITE = 6  ///< a number to score is NaN or infinite
} sonde_probe_status;

/// A probe that is open.
typedef struct sonde_probe sonde_probe;

/// Open a saved probe. On failure *probe is null and `message` (may be null) says what is wrong; it is always
/// terminated and cut to `message_size` bytes.
SONDE_PROBE_API sonde_probe_status sonde_probe_open(const char* path, sonde_probe** probe, char* message,
                                                    size_t message_size);

/// Score one row; the scores are those of the program within 1e-6.
/// Shapes: x [d] raw features (of a contrast set its prompts side by side), scores [k] probabilities in the
/// order of sonde_probe_class().
SONDE_PROBE_API sonde_probe_status sonde_probe_score(const sonde_probe* probe, const float* x, size_t d,
                                                     float* scores, size_t k);

/// Give the width of a row.
SONDE_PROBE_API size_t sonde_probe_width(const sonde_probe* probe);

/// Give the number of classes.
SONDE_PROBE_API size_t sonde_probe_classes(const sonde_probe* probe);

/// Give the name of a class; null beyond the last.
SONDE_PROBE_API const char* sonde_probe_class(const sonde_probe* probe, size_t index);

/// Give the kind of probe.
SONDE_PROBE_API const char* sonde_probe_kind(const sonde_probe* probe);

/// Free a probe; null is allowed.
SONDE_PROBE_API void sonde_probe_close(sonde_probe* probe);

/// Say in English what a status means.
SONDE_PROBE_API const char* sonde_probe_error_text(sonde_probe_status status);

#ifdef __cplusplus
}
#endif

#endif
