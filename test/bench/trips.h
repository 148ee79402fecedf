/* The round trips of one phase, what is counted of them, and the line that reports it. */
#ifndef TRIPS_H
#define TRIPS_H
#include <stdint.h>
#include "loopback.h"

enum { CODES = 700 };
enum { SENT = 1, ANSWERED = 2, LOST = 4, REACHED = 8 };

struct trip { double due, repeat_at; float interval, latency; uint8_t state; };

static struct trip *trips;
static struct { int message; long count, next, oldest, answered, ok, lost, retransmitted, reached, at_pbx, repeated, misrouted,
  wrong_contact, late, garbage, code[CODES]; double last_answer; } phase;

static int ascending(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void report(double start, double cpu) {
  double seconds = (phase.last_answer > start ? phase.last_answer : now()) - start;
  float *sorted = malloc(sizeof *sorted * (phase.count + 1));
  long n = 0;
  if (!sorted) fail("malloc");
  for (long id = 0; id < phase.next; id++) if (trips[id].state & ANSWERED) sorted[n++] = trips[id].latency;
  qsort(sorted, n, sizeof *sorted, ascending);
#define QUANTILE(q) (n ? sorted[(long)((n - 1) * (q))] : 0)
  printf("{\"phase\":\"%s\",\"asked\":%ld,\"sent\":%ld,\"answered\":%ld,\"ok\":%ld,\"lost\":%ld,\"retransmitted\":%ld,"
    "\"reached\":%ld,\"atPbx\":%ld,\"repeated\":%ld,\"misrouted\":%ld,\"wrongContact\":%ld,\"late\":%ld,\"garbage\":%ld,"
    "\"seconds\":%.4f,\"perSecond\":%.1f,\"p50Ms\":%.4f,\"p99Ms\":%.4f,\"p999Ms\":%.4f,\"maxMs\":%.4f,\"generatorCpuSeconds\":%.4f,\"codes\":{",
    phase.message ? "message" : "register", phase.count, phase.next, phase.answered, phase.ok,
    phase.next - phase.answered, phase.retransmitted, phase.reached, phase.at_pbx, phase.repeated, phase.misrouted, phase.wrong_contact,
    phase.late, phase.garbage, seconds, phase.ok / seconds, QUANTILE(.5), QUANTILE(.99), QUANTILE(.999), QUANTILE(1), cpu);
  const char *comma = "";
  for (int i = 0; i < CODES; i++) if (phase.code[i]) { printf("%s\"%d\":%ld", comma, i, phase.code[i]); comma = ","; }
  printf("}}\n");
  fflush(stdout);
  free(sorted);
}
#endif
