/* A bounded SIP load generator that is client, phone and PBX in one process, on loopback only.
 *
 * It binds free ports, prints them as one JSON line, and then obeys lines on stdin:
 *   target PORT                            where the proxy under test listens; its upstream is our PBX socket
 *   flood RATE                             garbage and requests of strangers a second beside the phases to come; 0 = none
 *   register COUNT RATE WINDOW LIMIT       REGISTER round trips; RATE a second, 0 = as fast as WINDOW outstanding allow
 *   message  COUNT RATE WINDOW LIMIT       MESSAGEs from one registered user to the next; LIMIT in seconds
 *   call     COUNT RATE WINDOW LIMIT       calls between the same, as calls.h tells
 * Each of the last three is answered by one JSON line. It ends at the end of stdin and in any case after --lifetime seconds.
 *
 * User u lives on phone socket u % phones, registers from it and sends from it, so that a proxy which binds
 * a sender's identity to its flow can verify it. With --spread 1 each phone has an address of its own.
 * Build: cc -O2 -o sipload sipload.c
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"
#include "siptext.h"
#include "trips.h"
#include "world.h"
#include "requests.h"
#include "calls.h"
#include "callflow.h"
#include "flood.h"

enum { COUNT_MAX = 10000000, BATCH = 64 };

static const double GIVE_UP_AFTER = 5;

static void pbx_receives(const char *message, int length, const struct sockaddr_in *from) {
  char letter;
  int is_answer = starts(message, "SIP/2.0 "), is_register = starts(message, "REGISTER ");
  long id = trip_of(message, length, &letter);
  if (letter == 'c' || letter == 'd') {
    int code = is_answer ? number_at(message + 8, message + length) : 0;
    if (!is_answer) call_asked(id, letter, PBX, message, length, from);
    else if (code >= 200) call_answered(id, letter, PBX, code, message, length);
    return;
  }
  if (is_answer || starts(message, "ACK ")) return;
  if (letter == 'x') {
    if (is_register) phase.strangers_at_pbx++;
    answer(pbx_fd, from, is_register ? "403 Forbidden" : "404 Not Found", message, length, (struct span){0, 0});
    return;
  }
  struct span contact = {0, 0};
  if (is_register || starts(message, "MESSAGE ")) note_reached(id, PBX);
  if (is_register && id >= 0) {
    contact = header(message, length, "Contact", "m");
    keep_registration(registrant_of(id), contact, header(message, length, "Path", 0), from);
  }
  answer(pbx_fd, from, "200 OK", message, length, contact);
}

static void phone_receives(int phone, const char *message, int length, const struct sockaddr_in *from) {
  char letter;
  int is_answer = starts(message, "SIP/2.0 "), code = is_answer ? number_at(message + 8, message + length) : 0;
  if (is_answer && code < 200) return;
  long id = trip_of(message, length, &letter);
  if (letter == 'c' || letter == 'd') {
    if (is_answer) call_answered(id, letter, phone, code, message, length);
    else call_asked(id, letter, phone, message, length, from);
  } else if (is_answer) {
    if (id < 0 || !is_open(&trips[id])) phase.late++; else request_answered(id, code, message, length);
  } else if (!starts(message, "ACK ")) {
    if (starts(message, "MESSAGE ")) note_reached(id, phone);
    answer(phone_fd[phone], from, "200 OK", message, length, (struct span){0, 0});
  }
}

/* Takes what is waiting on one socket, at most BATCH datagrams; of a phone or the PBX. */
static void receive(int phone) {
  static char bytes[BATCH][DATAGRAM_MAX];
  static struct mmsghdr batch[BATCH];
  static struct iovec part[BATCH];
  static struct sockaddr_in from[BATCH];
  for (int i = 0; i < BATCH; i++) {
    part[i] = (struct iovec){bytes[i], DATAGRAM_MAX};
    batch[i].msg_hdr = (struct msghdr){.msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &part[i], .msg_iovlen = 1};
  }
  int n = recvmmsg(phone == PBX ? pbx_fd : phone_fd[phone], batch, BATCH, 0, 0);
  for (int i = 0; i < n; i++) {
    int length = batch[i].msg_len;
    if (length < 20 || batch[i].msg_hdr.msg_flags & MSG_TRUNC) { phase.garbage++; continue; }
    if (phone == PBX) pbx_receives(bytes[i], length, &from[i]); else phone_receives(phone, bytes[i], length, &from[i]);
  }
}

static int start_trip(long id, double due, double t) {
  trips[id] = (struct trip){.due = due, .repeat_at = t + T1, .interval = T1, .state = SENT, .step = DIALLED};
  if (phase.kind == CALL) return start_call(id);
  if (phase.kind == MESSAGE) send_message(id); else send_register(id);
  return 1;
}

/* Repeats what went unanswered, gives up what stayed so. */
static void tend(double t) {
  for (long id = phase.oldest; id < phase.next; id++) {
    struct trip *trip = &trips[id];
    if (!is_open(trip)) { if (id == phase.oldest) phase.oldest++; continue; }
    if (t - trip->due > GIVE_UP_AFTER) { trip->state |= LOST; phase.lost++; release_call(id); continue; }
    if (t < trip->repeat_at) continue;
    trip->interval = trip->interval * 2 > T2 ? T2 : trip->interval * 2;
    trip->repeat_at = t + trip->interval;
    phase.retransmitted++;
    if (phase.kind == CALL) repeat_call(id); else if (phase.kind == MESSAGE) send_message(id); else send_register(id);
  }
}

/* At a fixed rate a request is due at its place in the schedule, and its latency counts from there: a proxy that
 * stalls cannot hide it by holding back the load. The loop then spins, since a sleep would be coarser than what it measures. */
static void run(int poll, enum kind kind, long count, double rate, long window, double limit) {
  memset(&phase, 0, sizeof phase);
  phase.kind = kind;
  phase.count = count;
  flood.sent = flood.skipped = 0;
  double start = now(), tended = start, cpu = own_cpu();
  struct epoll_event ready[PHONES_MAX + 2];
  while (phase.answered + phase.lost < count) {
    double t = now();
    if (t - start > limit) break;
    for (int sent = 0; sent < BATCH && phase.next < count && phase.next - phase.answered - phase.lost < window; sent++) {
      double due = rate > 0 ? start + phase.next / rate : t;
      if (due > t || !start_trip(phase.next, due, t)) break;
      phase.next++;
    }
    if (flood.rate > 0) flood_due(t - start);
    int n = epoll_wait(poll, ready, PHONES_MAX + 2, (rate > 0 && phase.next < count) || flood.rate > 0 ? 0 : 10);
    for (int i = 0; i < n; i++) {
      if (ready[i].data.fd == STDIN) exit(1); /* whoever runs us is gone or impatient */
      receive(ready[i].data.fd);
    }
    if (t - tended > 0.05) { tended = t; tend(t); }
  }
  for (long id = phase.oldest; id < phase.next; id++) if (is_open(&trips[id])) release_call(id);
  report(start, own_cpu() - cpu, flood.sent);
  first_cseq += kind == REGISTER ? (count + users - 1) / users : 0;
  first_number += kind == REGISTER ? 0 : count;
  phase.next = 0; /* what still comes belongs to no trip */
}

static int kind_of(const char *word) {
  for (int kind = 0; kind < KINDS; kind++) if (!strcmp(word, KIND_NAMES[kind])) return kind;
  return -1;
}

static void obey(int poll, const char *line) {
  char word[20];
  long count = 0, window = 0;
  double rate = 0, limit = 0;
  int fields = sscanf(line, "%19s %ld %lf %ld %lf", word, &count, &rate, &window, &limit);
  int kind = fields > 0 ? kind_of(word) : -1;
  if (fields == 2 && !strcmp(word, "target") && count > 0 && count < 65536) target = address_of(INADDR_LOOPBACK, count);
  else if (fields == 2 && !strcmp(word, "flood") && count >= 0) flood.rate = count;
  else if (fields == 5 && kind >= 0 && count > 0 && count <= COUNT_MAX && window > 0 && limit > 0 && (kind != CALL || users <= CALLED_USERS_MAX))
    run(poll, kind, count, rate, window, limit);
  else {
    fprintf(stderr, "sipload: cannot obey: %s\n", line);
    exit(2);
  }
}

/* Between the phases the PBX and the phones stay awake: a proxy may probe its upstream before it calls itself ready. */
static void serve(int poll) {
  char input[1000], *feed;
  int held = 0;
  for (;;) {
    struct epoll_event ready[PHONES_MAX + 2];
    int n = epoll_wait(poll, ready, PHONES_MAX + 2, -1), spoken = 0;
    for (int i = 0; i < n; i++) if (ready[i].data.fd == STDIN) spoken = 1; else receive(ready[i].data.fd);
    if (!spoken) continue;
    int got = read(STDIN_FILENO, input + held, sizeof input - 1 - held);
    if (got <= 0) return;
    input[held += got] = 0;
    while ((feed = strchr(input, '\n'))) {
      *feed = 0;
      obey(poll, input);
      held -= feed + 1 - input;
      memmove(input, feed + 1, held + 1);
    }
  }
}

static long option(const char *value, long least, long most) {
  long n = atol(value);
  if (n < least || n > most) { fprintf(stderr, "sipload: %s is not within %ld..%ld\n", value, least, most); exit(2); }
  return n;
}

static void watch(int poll, int fd, int name) {
  struct epoll_event event = {.events = EPOLLIN, .data.fd = name};
  if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event)) fail("epoll_ctl");
}

int main(int argc, char **argv) {
  int lifetime = 600, spread = 0;
  for (int i = 1; i < argc; i += 2) {
    const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(name, "--users")) users = option(value, 1, USERS_MAX);
    else if (!strcmp(name, "--phones")) phones = option(value, 1, PHONES_MAX);
    else if (!strcmp(name, "--spread")) spread = option(value, 0, 1);
    else if (!strcmp(name, "--lifetime")) lifetime = option(value, 1, 86400);
    else { fprintf(stderr, "sipload: unknown option %s\n", name); return 2; }
  }
  alarm(lifetime);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  watch(poll, STDIN_FILENO, STDIN);
  watch(poll, pbx_fd = open_udp(INADDR_LOOPBACK, 0, BUFFER, &pbx_port), PBX);
  for (int i = 0; i < phones; i++) {
    uint32_t host = spread ? 0x7f010000u + i + 1 : INADDR_LOOPBACK;
    struct in_addr address = {htonl(host)};
    inet_ntop(AF_INET, &address, phone_host[i], sizeof phone_host[i]);
    watch(poll, phone_fd[i] = open_udp(host, 0, BUFFER, &phone_port[i]), i);
  }
  open_flood();
  prepare_users();
  prepare_calls();
  trips = calloc(COUNT_MAX, sizeof *trips);
  if (!trips) fail("calloc");
  printf("{\"pbx\":%d}\n", pbx_port);
  fflush(stdout);
  serve(poll);
  return 0;
}
