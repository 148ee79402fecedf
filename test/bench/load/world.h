/* Who there is: users on their phones' sockets, the PBX and what it knows of its users, the proxy under test. */
#ifndef WORLD_H
#define WORLD_H
#include "siptext.h"
#include "trips.h"

enum { PHONES_MAX = 1024, USERS_MAX = 1000000, CALLED_USERS_MAX = 100000, BUFFER = 4 << 20 };

static int users = 20000, phones = 8, expires = 3600, granted = 1800;
static const char *const domain = "pbx.test";
static int pbx_fd, pbx_port, phone_fd[PHONES_MAX], phone_port[PHONES_MAX];
static char phone_host[PHONES_MAX][INET_ADDRSTRLEN];
static struct sockaddr_in target;

/* Continues from phase to phase: CSeq of a user's next REGISTER, and number of the next MESSAGE or call. */
static long first_cseq = 1, first_number = 0;

/* What the PBX keeps of a registration: where it came from, the contact it was shown, and a Path where there is one. */
struct aor { struct sockaddr_in from; char contact[256], path[256]; };
static struct aor *aors;

/* Users are taken in strides, so that neighbours in time are none in a proxy's memory. */
static long stride = 7919, unstride = 1;

static void prepare_users(void) {
  while (users % stride == 0) stride += 2;
  /* Euclid would be quicker than this, but not by anything that shows. */
  for (unstride = 1; unstride < users && stride % users * unstride % users != 1 % users; unstride++) continue;
  aors = calloc(users < CALLED_USERS_MAX ? users : CALLED_USERS_MAX, sizeof *aors);
  if (!aors) fail("calloc");
}

static int phone_of(int user) { return user % phones; }
static int registrant_of(long id) { return id % users * stride % users; }
static int sender_of(long number) { return number % users; }
static int recipient_of(long number) { return (number + 1) % users; }

static void send_text(int fd, const struct text *t, const struct sockaddr_in *to) {
  if (t->overflow) { phase.garbage++; return; }
  sendto(fd, t->at, t->length, 0, (const void *)to, sizeof *to);
}

static void keep_registration(int user, struct span contact, struct span path, const struct sockaddr_in *from) {
  if (user >= CALLED_USERS_MAX) return;
  struct aor *aor = &aors[user];
  struct span uri = uri_in(contact);
  aor->from = *from;
  snprintf(aor->contact, sizeof aor->contact, "%.*s", uri.length, uri.at);
  snprintf(aor->path, sizeof aor->path, "%.*s", path.length, path.at ? path.at : "");
}

/* Which round trip of this phase a message belongs to: REGISTERs are told apart by user and CSeq, as a real phone's
 * refreshes are; MESSAGEs and calls by Call-ID. -1 for what is not of this phase. `letter` is the Call-ID's first: r and m
 * of those kinds, c and d of a call's two legs, x of a flood. */
static long trip_of(const char *message, int length, char *letter_found) {
  struct span call_id = header(message, length, "Call-ID", "i");
  *letter_found = 0;
  if (!call_id.at || call_id.length < 2) return -1;
  long n = number_at(call_id.at + 1, call_id.at + call_id.length), id = -1;
  const char *host = memchr(call_id.at, '@', call_id.length);
  if (n < 0 || !host || call_id.at + call_id.length - host < 5 || memcmp(host, "@127.", 5)) return -1; /* none of ours */
  char letter = *letter_found = *call_id.at;
  if (phase.kind == MESSAGE ? letter == 'm' : phase.kind == CALL && (letter == 'c' || letter == 'd')) id = n - first_number;
  if (phase.kind == REGISTER && letter == 'r' && n < users) {
    struct span cseq = header(message, length, "CSeq", 0);
    if (cseq.at) id = (number_at(cseq.at, cseq.at + cseq.length) - first_cseq) * users + n * unstride % users;
  }
  return id >= 0 && id < phase.next ? id : -1;
}

/* A request that was seen at its far end: by the PBX, or by a phone, which should be its recipient's. */
static void note_reached(long id, int phone) {
  if (id < 0) { phase.late++; return; }
  if (phone == PBX) phase.at_pbx++;
  else if (phone_of(recipient_of(first_number + id)) != phone) phase.misrouted++;
  if (trips[id].state & REACHED) phase.repeated++; else phase.reached++;
  trips[id].state |= REACHED;
}
#endif
