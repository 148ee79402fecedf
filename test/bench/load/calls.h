/* A call through a PBX that is a back-to-back user agent, as most are: two legs, each a dialog of its own.
 *
 *   caller's phone --INVITE--> proxy --> PBX --INVITE--> proxy --> callee's phone, who answers 200 at once;
 *   each 200 is acknowledged; then the caller hangs up: BYE and 200 on his leg, and before that 200, on the other one.
 *
 * All of it passes the proxy under test, which must have put itself into the dialogs' route sets. A call is done when the
 * caller has the 200 to his BYE, which the PBX sends after the callee's: so nothing of it can have been left out.
 */
#ifndef CALLS_H
#define CALLS_H
#include "requests.h"

/* Leg l goes from party l to party l + 1. */
enum leg { CALLERS, CALLEES };
enum party_kind { CALLER, SWITCH, CALLEE };
/* Who has done what last; whoever waits for an answer then repeats it when none comes. */
enum step { DIALLED, OFFERED, PICKED_UP, CONNECTED, HUNG_UP, CLEARING, CLEARED, OVER };
enum { SLOTS = 50000, ROUTES_MAX = 8 };

struct kept { int length; char at[1500]; };
struct call {
  struct kept answer_lines[2]; /* what the answer to a leg's last request takes over from it */
  struct kept target[2];       /* request line's URI of a leg's ACK and BYE: the Contact of the 200 */
  struct kept dialog[2];       /* their Route, From, To and Call-ID */
  struct sockaddr_in answer_to[2];
  char acknowledged[2];
};
struct party { int fd, port; const char *host; char user[16]; };

static struct call *calls;
static int *free_slots, free_count;

static const char SDP[] = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
  "m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

static void prepare_calls(void) {
  calls = calloc(SLOTS, sizeof *calls);
  free_slots = calloc(SLOTS, sizeof *free_slots);
  if (!calls || !free_slots) fail("calloc");
  while (free_count < SLOTS) { free_slots[free_count] = SLOTS - 1 - free_count; free_count++; }
}

static struct call *call_of(long id) { return &calls[trips[id].slot]; }
static void release_call(long id) { if (phase.kind == CALL) free_slots[free_count++] = trips[id].slot; }

static void keep(struct kept *in, const struct text *t) {
  in->length = 0;
  if (t->overflow || t->length > (int)sizeof in->at) { phase.garbage++; return; }
  memcpy(in->at, t->at, in->length = t->length);
}

static struct party party_of(enum party_kind kind, long number) {
  if (kind == SWITCH) return (struct party){pbx_fd, pbx_port, "127.0.0.1", "pbx"};
  int user = kind == CALLER ? sender_of(number) : recipient_of(number), phone = phone_of(user);
  struct party p = {phone_fd[phone], phone_port[phone], phone_host[phone], ""};
  snprintf(p.user, sizeof p.user, "u%d", user);
  return p;
}

static void put_contact_and_sdp(struct text *t, const struct party *p) {
  putf(t, "Contact: <sip:%s@%s:%d>\r\nContent-Type: application/sdp\r\nContent-Length: %d\r\n\r\n%s", p->user, p->host, p->port, (int)sizeof SDP - 1, SDP);
}

/* A request's lines down to Max-Forwards. An ACK to a refusal has the branch of its INVITE (RFC 3261 §17.1.1.3). */
static void put_request(struct text *t, enum leg leg, long number, const char *method, const char *uri, int uri_length, char branch) {
  struct party p = party_of((enum party_kind)leg, number);
  t->length = t->overflow = 0;
  putf(t, "%s %.*s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bK%c%lx%c;rport\r\nMax-Forwards: 70\r\n",
    method, uri_length, uri, p.host, p.port, "cd"[leg], number, branch);
}

static void send_over(enum leg leg, long number, const struct text *t) {
  struct party p = party_of((enum party_kind)leg, number);
  send_text(p.fd, t, leg == CALLERS ? &target : &aors[recipient_of(number)].from);
}

/* INVITE, or the ACK to its refusal, whose To comes from the answer. */
static void send_initial(enum leg leg, long number, const char *method, struct span to) {
  static struct text t;
  struct party p = party_of((enum party_kind)leg, number);
  int from = sender_of(number), recipient = recipient_of(number);
  const struct aor *aor = &aors[recipient];
  char uri[64];
  snprintf(uri, sizeof uri, "sip:u%d@%s", recipient, domain);
  const char *towards = leg == CALLERS ? uri : aor->contact;
  put_request(&t, leg, number, method, towards, strlen(towards), 'i');
  if (leg == CALLEES && *aor->path) putf(&t, "Route: %s\r\n", aor->path);
  putf(&t, "From: <sip:u%d@%s>;tag=%c%lx\r\n", from, domain, "cd"[leg], number);
  if (to.at) put_span(&t, "To: ", to, "\r\n"); else putf(&t, "To: <%s>\r\n", uri);
  putf(&t, "Call-ID: %c%ld@127.0.0.1\r\nCSeq: 1 %s\r\nUser-Agent: sipload\r\n", "cd"[leg], number, method);
  if (to.at) putf(&t, "Content-Length: 0\r\n\r\n"); else put_contact_and_sdp(&t, &p);
  send_over(leg, number, &t);
}

static void send_invite(enum leg leg, long number) { send_initial(leg, number, "INVITE", (struct span){0, 0}); }

static void send_within(enum leg leg, long id, const char *method, int cseq, char branch) {
  static struct text t;
  const struct call *call = call_of(id);
  put_request(&t, leg, first_number + id, method, call->target[leg].at, call->target[leg].length, branch);
  put(&t, call->dialog[leg].at, call->dialog[leg].length);
  putf(&t, "CSeq: %d %s\r\nContent-Length: 0\r\n\r\n", cseq, method);
  send_over(leg, first_number + id, &t);
}

static void send_ack(enum leg leg, long id) { send_within(leg, id, "ACK", 1, 'a'); }
static void send_bye(enum leg leg, long id) { send_within(leg, id, "BYE", 2, 'b'); }

/* The answer of the leg's far party to its INVITE or BYE. */
static void send_answer(enum leg leg, long id, int code, int is_invite) {
  static struct text t;
  const struct call *call = call_of(id);
  struct party p = party_of((enum party_kind)(leg + 1), first_number + id);
  t.length = t.overflow = 0;
  putf(&t, "SIP/2.0 %d %s\r\n", code, code < 300 ? "OK" : "Failed");
  put(&t, call->answer_lines[leg].at, call->answer_lines[leg].length);
  if (is_invite && code < 300) put_contact_and_sdp(&t, &p); else putf(&t, "Content-Length: 0\r\n\r\n");
  send_text(p.fd, &t, &call->answer_to[leg]);
}

/* RFC 3261 §12.1.2: the route set is the Record-Route of the answer from the last value to the first. */
static int put_routes(struct text *t, const char *message, int length) {
  struct span route[ROUTES_MAX], line;
  int n = 0;
  const char *cursor = after_start_line(message, length), *end = message + length;
  while (next_line(&cursor, end, &line)) {
    if (!is_named(line, "Record-Route")) continue;
    struct span value = value_of(line);
    for (const char *at = value.at, *stop = at + value.length; at < stop && n < ROUTES_MAX;) {
      const char *close = memchr(at, '>', stop - at), *comma = close ? memchr(close, ',', stop - close) : 0;
      while (at < stop && (*at == ' ' || *at == ',')) at++;
      route[n++] = (struct span){at, (comma ? comma : stop) - at};
      at = comma ? comma + 1 : stop;
    }
  }
  for (int i = n; i-- > 0;) put_span(t, "Route: ", route[i], "\r\n");
  return n;
}

/* What the 200 to an INVITE says of the dialog, seen by who called. */
static void open_dialog(enum leg leg, long id, const char *message, int length) {
  static struct text t;
  struct call *call = call_of(id);
  struct span contact = uri_in(header(message, length, "Contact", "m"));
  t.length = t.overflow = 0;
  put(&t, contact.at, contact.length);
  keep(&call->target[leg], &t);
  t.length = 0;
  if (!put_routes(&t, message, length)) phase.unrouted++;
  put_span(&t, "From: ", header(message, length, "From", "f"), "\r\n");
  put_span(&t, "To: ", header(message, length, "To", "t"), "\r\n");
  put_span(&t, "Call-ID: ", header(message, length, "Call-ID", "i"), "\r\n");
  keep(&call->dialog[leg], &t);
}

static void keep_request(enum leg leg, long id, const char *message, int length, const struct sockaddr_in *from) {
  static struct text t;
  t.length = t.overflow = 0;
  put_answer_start(&t, message, length);
  keep(&call_of(id)->answer_lines[leg], &t);
  call_of(id)->answer_to[leg] = *from;
}
#endif
