/* The round trips of one phase, what is counted of them, and the line that reports it. */
#ifndef TRIPS_H
#define TRIPS_H
#include <stdint.h>
#include "loopback.h"

enum { CODES = 700 };
enum { SENT = 1, ANSWERED = 2, LOST = 4, REACHED = 8 };
enum kind { REGISTER, MESSAGE, CALL, KINDS };
static const char *const KIND_NAMES[KINDS] = {"register", "message", "call"};

/* A call keeps more in a slot of its own, and how far it has come in `step`. */
struct trip { double due, repeat_at; float interval, latency; int slot; uint8_t state, step; };

static struct trip *trips;
static struct { enum kind kind; long count, next, oldest, answered, ok, lost, retransmitted, reached, at_pbx, repeated, misrouted,
  wrong_contact, unrouted, unacknowledged, strangers_at_pbx, late, garbage, code[CODES]; double last_answer; } phase;

static int is_open(const struct trip *trip) { return !(trip->state & (ANSWERED | LOST)); }

/* The latency counts up to here: the answer of a REGISTER or MESSAGE, the 200 of an INVITE. */
static void note_latency(struct trip *trip) { trip->latency = (now() - trip->due) * 1e3; }

static void note_answered(struct trip *trip, int code) {
  phase.last_answer = now();
  trip->state |= ANSWERED;
  phase.answered++;
  if (code < CODES) phase.code[code]++;
  if (code / 100 == 2) phase.ok++;
}

static int ascending(const void *a, const void *b) {
  float x = *(const float *)a, y = *(const float *)b;
  return (x > y) - (x < y);
}

static void report(double start, double cpu, long flooded) {
  double seconds = (phase.last_answer > start ? phase.last_answer : now()) - start;
  float *sorted = malloc(sizeof *sorted * (phase.count + 1));
  long n = 0;
  if (!sorted) fail("malloc");
  for (long id = 0; id < phase.next; id++) if (trips[id].state & ANSWERED) sorted[n++] = trips[id].latency;
  qsort(sorted, n, sizeof *sorted, ascending);
#define QUANTILE(q) (n ? sorted[(long)((n - 1) * (q))] : 0)
  printf("{\"phase\":\"%s\",\"asked\":%ld,\"sent\":%ld,\"answered\":%ld,\"ok\":%ld,\"lost\":%ld,\"retransmitted\":%ld,",
    KIND_NAMES[phase.kind], phase.count, phase.next, phase.answered, phase.ok, phase.next - phase.answered, phase.retransmitted);
  printf("\"reached\":%ld,\"atPbx\":%ld,\"repeated\":%ld,\"misrouted\":%ld,\"wrongContact\":%ld,\"unrouted\":%ld,\"unacknowledged\":%ld,",
    phase.reached, phase.at_pbx, phase.repeated, phase.misrouted, phase.wrong_contact, phase.unrouted, phase.unacknowledged);
  printf("\"strangersAtPbx\":%ld,\"flooded\":%ld,\"late\":%ld,\"garbage\":%ld,\"seconds\":%.4f,\"perSecond\":%.1f,",
    phase.strangers_at_pbx, flooded, phase.late, phase.garbage, seconds, phase.ok / seconds);
  printf("\"p50Ms\":%.4f,\"p99Ms\":%.4f,\"p999Ms\":%.4f,\"maxMs\":%.4f,\"generatorCpuSeconds\":%.4f,\"codes\":{",
    QUANTILE(.5), QUANTILE(.99), QUANTILE(.999), QUANTILE(1), cpu);
  const char *comma = "";
  for (int i = 0; i < CODES; i++) if (phase.code[i]) { printf("%s\"%d\":%ld", comma, i, phase.code[i]); comma = ","; }
  printf("}}\n");
  fflush(stdout);
  free(sorted);
}
#endif
