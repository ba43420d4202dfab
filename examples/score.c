/* Scores one row with a saved probe, with nothing but the C library:
 *
 *   cc score.c sonde_probe.c -lm -o score
 *   ./score RUN/probes/logistic.safetensors 0.12 -1.5 0.7 ... */
#include <stdio.h>
#include <stdlib.h>

#include "sonde_probe.h"

static int score(const sonde_probe* probe, char** numbers, size_t count) {
  const size_t classes = sonde_probe_classes(probe);
  float *x = malloc((count + 1) * sizeof *x), *scores = malloc(classes * sizeof *scores);
  sonde_probe_status status = SONDE_PROBE_NO_MEMORY;
  if (x != NULL && scores != NULL) {
    for (size_t j = 0; j < count; ++j) x[j] = strtof(numbers[j], NULL);
    status = sonde_probe_score(probe, x, count, scores, classes);
  }
  for (size_t c = 0; status == SONDE_PROBE_OK && c < classes; ++c)
    printf("%s %.6f\n", sonde_probe_class(probe, c), (double)scores[c]);
  if (status != SONDE_PROBE_OK)
    fprintf(stderr, "%s; the probe reads %zu numbers\n", sonde_probe_error_text(status),
            sonde_probe_width(probe));
  free(x);
  free(scores);
  return status == SONDE_PROBE_OK ? 0 : 1;
}

int main(int argc, char** argv) {
  sonde_probe* probe = NULL;
  char message[256];
  if (argc < 2) {
    fprintf(stderr, "usage: score PROBE.safetensors NUMBER...\n");
    return 2;
  }
  if (sonde_probe_open(argv[1], &probe, message, sizeof message) != SONDE_PROBE_OK) {
    fprintf(stderr, "%s: %s\n", argv[1], message);
    return 1;
  }
  const int result = score(probe, argv + 2, (size_t)(argc - 2));
  sonde_probe_close(probe);
  return result;
}
