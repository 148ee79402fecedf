/* A flood beside the honest load: garbage, and well-formed requests of nobody the PBX knows, each from another address of
 * 127.0.0.0/8. What is sent back to it is not read: the kernel drops it. */
#ifndef FLOOD_H
#define FLOOD_H
#include <netinet/in.h>
#include "world.h"

enum { FLOOD_BATCH = 64, FLOOD_SIZE = 700, FLOOD_KINDS = 8 };

static struct { int fd, port; double rate; long sent, skipped; } flood;

static uint32_t chance(void) {
  static uint32_t state = 2463534242u; /* xorshift: cheap, and the same in every run */
  state ^= state << 13; state ^= state >> 17;
  return state ^= state << 5;
}

static int strange_request(char *at, const char *method, const char *uri, const char *source, uint32_t n) {
  return snprintf(at, FLOOD_SIZE, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s:%d;branch=z9hG4bKx%x;rport\r\nMax-Forwards: 70\r\n"
    "From: <sip:x%u@%s>;tag=x%x\r\nTo: <sip:x%u@%s>\r\nCall-ID: x%u@%s\r\nCSeq: 1 %s\r\n"
    "Contact: <sip:x%u@%s:%d>\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
    method, uri, source, flood.port, n, n % 100000, domain, n, n % 100000, domain, n, source, method, n % 100000, source, flood.port);
}

/* Half of it is no SIP, or broken: noise, a request cut short, one without Via, an answer that nobody waits for. */
static int compose(char *at, uint32_t source) {
  char name[INET_ADDRSTRLEN], uri[64];
  struct in_addr address = {htonl(source)};
  uint32_t n = chance();
  int length;
  inet_ntop(AF_INET, &address, name, sizeof name);
  snprintf(uri, sizeof uri, "sip:u%u@%s", n % users, domain);
  switch (n % FLOOD_KINDS) {
    case 0:
      length = 40 + n % 400;
      for (int i = 0; i + 4 <= length; i += 4) { uint32_t r = chance(); memcpy(at + i, &r, 4); }
      return length & ~3;
    case 1: length = strange_request(at, "INVITE", uri, name, n); return length / 2;
    case 2: return snprintf(at, FLOOD_SIZE, "REGISTER sip:%s SIP/2.0\r\nCSeq: nonsense\r\nTo: <sip:u1@%s\r\nContact: *;q=%u\r\n\r\n", domain, domain, n);
    case 3: return snprintf(at, FLOOD_SIZE, "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK%x\r\nFrom: <sip:a@b>;tag=1\r\n"
      "To: <sip:a@b>;tag=2\r\nCall-ID: x%u\r\nCSeq: 1 REGISTER\r\nContent-Length: 0\r\n\r\n", n, n);
    case 4: return strange_request(at, "MESSAGE", uri, name, n);
    case 5: return strange_request(at, "INVITE", uri, name, n);
    default: snprintf(uri, sizeof uri, "sip:%s", domain); return strange_request(at, "REGISTER", uri, name, n);
  }
}

static void open_flood(void) { flood.fd = open_udp(INADDR_ANY, 0, 4096, &flood.port); }

/* Sends what is due by now, at most a batch; what could not be sent in time is not made up for. */
static void flood_due(double since_start) {
  static char bytes[FLOOD_BATCH][FLOOD_SIZE];
  static struct mmsghdr batch[FLOOD_BATCH];
  static struct iovec part[FLOOD_BATCH];
  static union { char room[CMSG_SPACE(sizeof(struct in_pktinfo))]; struct cmsghdr align; } control[FLOOD_BATCH];
  long due = (long)(since_start * flood.rate) - flood.sent - flood.skipped;
  if (due > 10 * FLOOD_BATCH) { flood.skipped += due - FLOOD_BATCH; due = FLOOD_BATCH; }
  if (due < FLOOD_BATCH) return;
  for (int i = 0; i < FLOOD_BATCH; i++) {
    uint32_t source = 0x7f020000u + chance() % 0xfd0000u;
    part[i] = (struct iovec){bytes[i], compose(bytes[i], source)};
    batch[i].msg_hdr = (struct msghdr){.msg_name = &target, .msg_namelen = sizeof target, .msg_iov = &part[i], .msg_iovlen = 1,
      .msg_control = control[i].room, .msg_controllen = sizeof control[i].room};
    struct cmsghdr *c = CMSG_FIRSTHDR(&batch[i].msg_hdr);
    struct in_pktinfo info = {.ipi_spec_dst = {htonl(source)}};
    c->cmsg_level = IPPROTO_IP;
    c->cmsg_type = IP_PKTINFO;
    c->cmsg_len = CMSG_LEN(sizeof info);
    memcpy(CMSG_DATA(c), &info, sizeof info);
  }
  int n = sendmmsg(flood.fd, batch, FLOOD_BATCH, 0);
  if (n > 0) flood.sent += n;
}
#endif
