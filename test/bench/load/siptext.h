/* Reading header fields of a received SIP message, and writing messages, both within bounds. */
#ifndef SIPTEXT_H
#define SIPTEXT_H
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* What a UDP datagram over loopback may hold of SIP here; longer ones are cut by recv and counted as garbage. */
#define DATAGRAM_MAX 8192

struct span { const char *at; int length; };

/* Text under construction. Once something did not fit, `overflow` stays set and nothing is sent. */
struct text { char at[DATAGRAM_MAX]; int length, overflow; };

static void put(struct text *t, const char *bytes, int length) {
  if (length > DATAGRAM_MAX - t->length) { t->overflow = 1; return; }
  memcpy(t->at + t->length, bytes, length);
  t->length += length;
}

__attribute__((format(printf, 2, 3))) static void putf(struct text *t, const char *format, ...) {
  va_list args;
  int room = DATAGRAM_MAX - t->length;
  va_start(args, format);
  int n = vsnprintf(t->at + t->length, room, format, args);
  va_end(args);
  if (n < 0 || n >= room) { t->overflow = 1; return; }
  t->length += n;
}

static void put_span(struct text *t, const char *before, struct span s, const char *after) {
  putf(t, "%s%.*s%s", before, s.length, s.at, after);
}

/* Steps over the header section line by line; 0 at the empty line or at the end of the bytes. */
static int next_line(const char **cursor, const char *end, struct span *line) {
  const char *at = *cursor;
  if (at >= end || *at == '\r' || *at == '\n') return 0;
  const char *feed = memchr(at, '\n', end - at);
  if (!feed) return 0;
  *line = (struct span){at, feed + 1 - at};
  *cursor = feed + 1;
  return 1;
}

static const char *after_start_line(const char *message, int length) {
  const char *feed = memchr(message, '\n', length);
  return feed ? feed + 1 : message + length;
}

/* RFC 3261 §7.3.1: names compare without regard to case, and space may stand before the colon. */
static int is_named(struct span line, const char *name) {
  int n = strlen(name);
  if (line.length <= n || strncasecmp(line.at, name, n)) return 0;
  while (n < line.length && (line.at[n] == ' ' || line.at[n] == '\t')) n++;
  return n < line.length && line.at[n] == ':';
}

static struct span value_of(struct span line) {
  const char *at = memchr(line.at, ':', line.length), *end = line.at + line.length;
  for (at++; at < end && (*at == ' ' || *at == '\t'); at++) continue;
  while (end > at && (end[-1] == '\n' || end[-1] == '\r' || end[-1] == ' ')) end--;
  return (struct span){at, end - at};
}

/* The value of the first header field of that long or compact name; `at` is 0 where there is none. */
static struct span header(const char *message, int length, const char *name, const char *compact) {
  const char *cursor = after_start_line(message, length), *end = message + length;
  struct span line;
  while (next_line(&cursor, end, &line))
    if (is_named(line, name) || (compact && is_named(line, compact))) return value_of(line);
  return (struct span){0, 0};
}

/* What stands between the first angle brackets of a value, or the value up to its first parameter. */
static struct span uri_in(struct span value) {
  if (!value.at) return value;
  const char *open = memchr(value.at, '<', value.length), *end = value.at + value.length;
  const char *start = open ? open + 1 : value.at;
  const char *stop = memchr(start, open ? '>' : ';', end - start);
  return (struct span){start, (stop ? stop : end) - start};
}

/* RFC 3261 §8.2.6.2 and §12.1.1: the header fields an answer takes over, and a To tag where the request has none. */
static void put_answer_start(struct text *t, const char *message, int length) {
  static const char *const TAKEN[] = {"Via", "v", "From", "f", "Call-ID", "i", "CSeq", "Record-Route", "Path"};
  const char *cursor = after_start_line(message, length), *end = message + length;
  struct span line;
  while (next_line(&cursor, end, &line)) {
    if (is_named(line, "To") || is_named(line, "t")) {
      struct span value = value_of(line);
      put_span(t, "To: ", value, memmem(value.at, value.length, ";tag=", 5) ? "\r\n" : ";tag=far1\r\n");
      continue;
    }
    for (unsigned i = 0; i < sizeof TAKEN / sizeof *TAKEN; i++)
      if (is_named(line, TAKEN[i])) { put(t, line.at, line.length); break; }
  }
}

/* A decimal number at the start of the span, bounded by it; -1 where there is none. */
static long number_at(const char *at, const char *end) {
  long n = -1;
  for (; at < end && *at >= '0' && *at <= '9' && n < 100000000000L; at++) n = (n < 0 ? 0 : n) * 10 + (*at - '0');
  return n;
}

static int starts(const char *message, const char *with) { return !memcmp(message, with, strlen(with)); }
#endif
