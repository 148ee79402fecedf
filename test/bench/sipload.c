/* A bounded SIP load generator that is client, phone and PBX in one process, on loopback only.
 *
 * It binds free ports, prints them as one JSON line, and then obeys lines on stdin, each answered by one JSON line:
 *   target PORT                            where the proxy under test listens; its upstream is our PBX socket
 *   register COUNT RATE WINDOW LIMIT       REGISTER round trips; RATE a second, 0 = as fast as WINDOW outstanding allow
 *   message  COUNT RATE WINDOW LIMIT       MESSAGEs from one registered user to the next; LIMIT in seconds
 * It ends at the end of stdin and in any case after --lifetime seconds.
 *
 * User u lives on phone socket u % phones, registers from it and sends from it, so that a proxy which binds
 * a sender's identity to its flow can verify it. Build: cc -O2 -o sipload sipload.c
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"
#include "siptext.h"
#include "trips.h"

enum { PHONES_MAX = 256, USERS_MAX = 1000000, COUNT_MAX = 10000000, BATCH = 64 };
/* What the poll says is ready: a phone's number, or one of these. */
enum { PBX = -1, STDIN = -2 };

/* RFC 3261 §17.1.1.1 and §17.1.2.2: a client over UDP repeats its request after T1, doubling up to T2. */
static const double T1 = 0.5, T2 = 4;

static int users = 20000, phones = 8, expires = 3600, granted = 1800;
static double give_up_after = 5;
static const char *domain = "pbx.test";

static int pbx_fd, pbx_port, phone_fd[PHONES_MAX], phone_port[PHONES_MAX];
static struct sockaddr_in target;
/* Continues from phase to phase: CSeq of a user's next REGISTER, and number of the next MESSAGE. */
static long first_cseq = 1, first_message = 0;

static void send_text(int fd, const struct text *t, const struct sockaddr_in *to) {
  if (t->overflow) { phase.garbage++; return; }
  sendto(fd, t->at, t->length, 0, (const void *)to, sizeof *to);
}

static int recipient_of(long message) { return (message + 1) % users; }

/* Which round trip of this phase a message belongs to: REGISTERs are told apart by user and CSeq, as a real
 * phone's refreshes are; MESSAGEs by Call-ID. -1 for what is not of this phase. */
static long trip_of(const char *message, int length) {
  struct span call_id = header(message, length, "Call-ID", "i");
  if (!call_id.at || call_id.length < 2) return -1;
  long n = number_at(call_id.at + 1, call_id.at + call_id.length), id = -1;
  if (n < 0) return -1;
  if (phase.message && *call_id.at == 'm') id = n - first_message;
  if (!phase.message && *call_id.at == 'r' && n < users) {
    struct span cseq = header(message, length, "CSeq", 0);
    if (cseq.at) id = (number_at(cseq.at, cseq.at + cseq.length) - first_cseq) * users + n;
  }
  return id >= 0 && id < phase.next ? id : -1;
}

static void note_reached(const char *message, int length, int phone) {
  long id = trip_of(message, length);
  if (id < 0) { phase.late++; return; }
  if (phone == PBX) phase.at_pbx++;
  else if (recipient_of(first_message + id) % phones != phone) phase.misrouted++;
  if (trips[id].state & REACHED) phase.repeated++; else phase.reached++;
  trips[id].state |= REACHED;
}

/* The PBX: answers a REGISTER as a registrar does that shortens the expiry, and anything else with a plain 200. */
static void pbx_receives(const char *message, int length, const struct sockaddr_in *from) {
  static struct text t;
  if (!memcmp(message, "SIP/2.0", 7) || !memcmp(message, "ACK ", 4)) return;
  int is_register = !memcmp(message, "REGISTER ", 9);
  if (is_register || !memcmp(message, "MESSAGE ", 8)) note_reached(message, length, PBX);
  t.length = t.overflow = 0;
  put_answer_start(&t, message, length);
  struct span contact = header(message, length, "Contact", "m");
  if (is_register && contact.at) {
    const char *close = memchr(contact.at, '>', contact.length);
    int uri = close ? close + 1 - contact.at : contact.length;
    putf(&t, "Contact: %.*s;expires=%d\r\n", uri, contact.at, granted);
  }
  putf(&t, "Server: sipload\r\nContent-Length: 0\r\n\r\n");
  send_text(pbx_fd, &t, from);
}

static void check_contact(long id, const char *message, int length) {
  char own[80];
  int u = id % users, n = snprintf(own, sizeof own, "<sip:u%d@127.0.0.1:%d", u, phone_port[u % phones]);
  struct span contact = header(message, length, "Contact", "m");
  if (contact.length < n || memcmp(contact.at, own, n)) phase.wrong_contact++;
}

static void client_receives(const char *message, int length) {
  int code = number_at(message + 8, message + length);
  if (code < 200) return;
  long id = trip_of(message, length);
  if (id < 0 || trips[id].state & (ANSWERED | LOST)) { phase.late++; return; }
  struct trip *trip = &trips[id];
  phase.last_answer = now();
  trip->state |= ANSWERED;
  trip->latency = (phase.last_answer - trip->due) * 1e3;
  phase.answered++;
  if (code < CODES) phase.code[code]++;
  if (code / 100 != 2) return;
  phase.ok++;
  if (!phase.message) check_contact(id, message, length);
}

static void phone_receives(int phone, const char *message, int length, const struct sockaddr_in *from) {
  static struct text t;
  if (!memcmp(message, "SIP/2.0 ", 8)) { client_receives(message, length); return; }
  if (!memcmp(message, "ACK ", 4)) return;
  if (!memcmp(message, "MESSAGE ", 8)) note_reached(message, length, phone);
  t.length = t.overflow = 0;
  put_answer_start(&t, message, length);
  putf(&t, "Content-Length: 0\r\n\r\n");
  send_text(phone_fd[phone], &t, from);
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

static void send_register(long id) {
  static struct text t;
  int u = id % users, port = phone_port[u % phones];
  long cseq = first_cseq + id / users;
  t.length = t.overflow = 0;
  putf(&t, "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKr%x.%lx;rport\r\nMax-Forwards: 70\r\n"
    "From: <sip:u%d@%s>;tag=f%x\r\nTo: <sip:u%d@%s>\r\nCall-ID: r%d@127.0.0.1\r\nCSeq: %ld REGISTER\r\n"
    "Supported: path, gruu, outbound\r\nContact: <sip:u%d@127.0.0.1:%d;transport=udp>\r\nExpires: %d\r\n"
    "User-Agent: sipload\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE, MESSAGE\r\nContent-Length: 0\r\n\r\n",
    domain, port, u, cseq, u, domain, u, u, domain, u, cseq, u, port, expires);
  send_text(phone_fd[u % phones], &t, &target);
}

static void send_message(long id) {
  static struct text t;
  long number = first_message + id;
  int u = number % users, to = recipient_of(number);
  t.length = t.overflow = 0;
  putf(&t, "MESSAGE sip:u%d@%s SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:%d;branch=z9hG4bKm%lx;rport\r\nMax-Forwards: 70\r\n"
    "From: <sip:u%d@%s>;tag=g%lx\r\nTo: <sip:u%d@%s>\r\nCall-ID: m%ld@127.0.0.1\r\nCSeq: 1 MESSAGE\r\n"
    "User-Agent: sipload\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\nHello from the load tester",
    to, domain, phone_port[u % phones], number, u, domain, number, to, domain, number);
  send_text(phone_fd[u % phones], &t, &target);
}

static void send_trip(long id) { if (phase.message) send_message(id); else send_register(id); }

/* Repeats what went unanswered, gives up what stayed so. */
static void tend(double t) {
  for (long id = phase.oldest; id < phase.next; id++) {
    struct trip *trip = &trips[id];
    if (trip->state & (ANSWERED | LOST)) { if (id == phase.oldest) phase.oldest++; continue; }
    if (t - trip->due > give_up_after) { trip->state |= LOST; phase.lost++; continue; }
    if (t < trip->repeat_at) continue;
    trip->interval = trip->interval * 2 > T2 ? T2 : trip->interval * 2;
    trip->repeat_at = t + trip->interval;
    phase.retransmitted++;
    send_trip(id);
  }
}

/* At a fixed rate a request is due at its place in the schedule, and its latency counts from there: a proxy that
 * stalls cannot hide it by holding back the load. The loop then spins, since a sleep would be coarser than what it measures. */
static void run(int poll, int message, long count, double rate, long window, double limit) {
  memset(&phase, 0, sizeof phase);
  memset(trips, 0, sizeof *trips * count);
  phase.message = message;
  phase.count = count;
  double start = now(), tended = start, cpu = own_cpu();
  struct epoll_event ready[PHONES_MAX + 2];
  while (phase.answered + phase.lost < count) {
    double t = now();
    if (t - start > limit) break;
    for (int sent = 0; sent < BATCH && phase.next < count && phase.next - phase.answered - phase.lost < window; sent++) {
      double due = rate > 0 ? start + phase.next / rate : t;
      if (due > t) break;
      trips[phase.next] = (struct trip){.due = due, .repeat_at = t + T1, .interval = T1, .state = SENT};
      send_trip(phase.next++);
    }
    int n = epoll_wait(poll, ready, PHONES_MAX + 2, rate > 0 && phase.next < count ? 0 : 10);
    for (int i = 0; i < n; i++) {
      if (ready[i].data.fd == STDIN) exit(1); /* whoever runs us is gone or impatient */
      receive(ready[i].data.fd);
    }
    if (t - tended > 0.05) { tended = t; tend(t); }
  }
  report(start, own_cpu() - cpu);
  first_cseq += (count + users - 1) / users;
  if (message) first_message += count;
}

static void obey(int poll, const char *line) {
  char word[20];
  long count = 0, window = 0;
  double rate = 0, limit = 0;
  int port, fields = sscanf(line, "%19s %ld %lf %ld %lf", word, &count, &rate, &window, &limit);
  int message = fields > 0 && !strcmp(word, "message");
  if (sscanf(line, "target %d", &port) == 1 && port > 0 && port < 65536) {
    target = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  } else if (fields == 5 && (message || !strcmp(word, "register")) && count > 0 && count <= COUNT_MAX && window > 0 && limit > 0) {
    run(poll, message, count, rate, window, limit);
  } else {
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

int main(int argc, char **argv) {
  int phones_port = 0, pbx_at = 0, lifetime = 600;
  for (int i = 1; i < argc; i += 2) {
    const char *name = argv[i], *value = i + 1 < argc ? argv[i + 1] : "";
    if (!strcmp(name, "--users")) users = option(value, 1, USERS_MAX);
    else if (!strcmp(name, "--phones")) phones = option(value, 1, PHONES_MAX);
    else if (!strcmp(name, "--phones-port")) phones_port = option(value, 0, 65535 - PHONES_MAX);
    else if (!strcmp(name, "--pbx-port")) pbx_at = option(value, 0, 65535);
    else if (!strcmp(name, "--lifetime")) lifetime = option(value, 1, 86400);
    else { fprintf(stderr, "sipload: unknown option %s\n", name); return 2; }
  }
  alarm(lifetime);
  int poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event watch = {.events = EPOLLIN, .data.fd = STDIN};
  epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &watch);
  watch.data.fd = PBX;
  pbx_fd = open_udp(pbx_at, &pbx_port);
  epoll_ctl(poll, EPOLL_CTL_ADD, pbx_fd, &watch);
  printf("{\"pbx\":%d,\"phones\":[", pbx_port);
  for (int i = 0; i < phones; i++) {
    phone_fd[i] = open_udp(phones_port ? phones_port + i : 0, &phone_port[i]);
    watch.data.fd = i;
    epoll_ctl(poll, EPOLL_CTL_ADD, phone_fd[i], &watch);
    printf("%s%d", i ? "," : "", phone_port[i]);
  }
  printf("]}\n");
  fflush(stdout);
  trips = calloc(COUNT_MAX, sizeof *trips);
  if (!trips) fail("calloc");
  serve(poll);
  return 0;
}
