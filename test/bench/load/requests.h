/* The requests that are one round trip each: REGISTER and MESSAGE. */
#ifndef REQUESTS_H
#define REQUESTS_H
#include "world.h"

static void send_register(long id) {
  static struct text t;
  int u = registrant_of(id), phone = phone_of(u), port = phone_port[phone];
  const char *host = phone_host[phone];
  long cseq = first_cseq + id / users;
  t.length = t.overflow = 0;
  putf(&t, "REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bKr%x.%lx;rport\r\nMax-Forwards: 70\r\n"
    "From: <sip:u%d@%s>;tag=f%x\r\nTo: <sip:u%d@%s>\r\nCall-ID: r%d@127.0.0.1\r\nCSeq: %ld REGISTER\r\n"
    "Supported: path, gruu, outbound\r\nContact: <sip:u%d@%s:%d;transport=udp>\r\nExpires: %d\r\n"
    "User-Agent: sipload\r\nAllow: INVITE, ACK, CANCEL, OPTIONS, BYE, MESSAGE\r\nContent-Length: 0\r\n\r\n",
    domain, host, port, u, cseq, u, domain, u, u, domain, u, cseq, u, host, port, expires);
  send_text(phone_fd[phone], &t, &target);
}

static void send_message(long id) {
  static struct text t;
  long number = first_number + id;
  int u = sender_of(number), to = recipient_of(number), phone = phone_of(u);
  t.length = t.overflow = 0;
  putf(&t, "MESSAGE sip:u%d@%s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bKm%lx;rport\r\nMax-Forwards: 70\r\n"
    "From: <sip:u%d@%s>;tag=g%lx\r\nTo: <sip:u%d@%s>\r\nCall-ID: m%ld@127.0.0.1\r\nCSeq: 1 MESSAGE\r\n"
    "User-Agent: sipload\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\nHello from the load tester",
    to, domain, phone_host[phone], phone_port[phone], number, u, domain, number, to, domain, number);
  send_text(phone_fd[phone], &t, &target);
}

/* RFC 3261 §10.3 step 8: the phone must find its own contact in the answer, whatever the PBX was shown. */
static void check_contact(long id, const char *message, int length) {
  char own[80];
  int u = registrant_of(id), phone = phone_of(u);
  int n = snprintf(own, sizeof own, "<sip:u%d@%s:%d", u, phone_host[phone], phone_port[phone]);
  struct span contact = header(message, length, "Contact", "m");
  if (contact.length < n || memcmp(contact.at, own, n)) phase.wrong_contact++;
}

static void request_answered(long id, int code, const char *message, int length) {
  struct trip *trip = &trips[id];
  note_latency(trip);
  note_answered(trip, code);
  if (code / 100 == 2 && phase.kind == REGISTER) check_contact(id, message, length);
}

/* Answers a request at its far end; a REGISTER as a registrar does that shortens the expiry. */
static void answer(int fd, const struct sockaddr_in *to, const char *status, const char *message, int length, struct span contact) {
  static struct text t;
  t.length = t.overflow = 0;
  putf(&t, "SIP/2.0 %s\r\n", status);
  put_answer_start(&t, message, length);
  if (contact.at) {
    const char *close = memchr(contact.at, '>', contact.length);
    putf(&t, "Contact: %.*s;expires=%d\r\n", close ? (int)(close + 1 - contact.at) : contact.length, contact.at, granted);
  }
  putf(&t, "Server: sipload\r\nContent-Length: 0\r\n\r\n");
  send_text(fd, &t, to);
}
#endif
