/* What each party of a call does next. */
#ifndef CALLFLOW_H
#define CALLFLOW_H
#include "calls.h"

/* RFC 3261 §17.1.1.1 and §17.1.2.2: a client over UDP repeats its request after T1, doubling up to T2. */
static const double T1 = 0.5, T2 = 4;

static void step_to(long id, enum step step) {
  trips[id].step = step;
  trips[id].interval = T1;
  trips[id].repeat_at = now() + T1;
}

static int start_call(long id) {
  if (free_count == 0) return 0;
  trips[id].slot = free_slots[--free_count];
  memset(call_of(id)->acknowledged, 0, sizeof call_of(id)->acknowledged);
  send_invite(CALLERS, first_number + id);
  return 1;
}

static void end_call(long id, int code) {
  const char *acknowledged = call_of(id)->acknowledged;
  if (code < 300 && !(acknowledged[CALLERS] && acknowledged[CALLEES])) phase.unacknowledged++;
  if (code >= 300) note_latency(&trips[id]);
  note_answered(&trips[id], code);
  release_call(id);
}

static void repeat_call(long id) {
  switch ((enum step)trips[id].step) {
    case DIALLED: send_invite(CALLERS, first_number + id); break;
    case OFFERED: send_invite(CALLEES, first_number + id); break;
    case PICKED_UP: send_answer(CALLEES, id, 200, 1); break;
    case CONNECTED: send_answer(CALLERS, id, 200, 1); break;
    case HUNG_UP: send_ack(CALLERS, id); send_bye(CALLERS, id); break;
    case CLEARING: case CLEARED: send_bye(CALLEES, id); break;
    case OVER: send_bye(CALLERS, id); break;
  }
}

static void switch_invited(long id, const char *message, int length, const struct sockaddr_in *from) {
  phase.at_pbx++;
  if (trips[id].step != DIALLED) { phase.repeated++; return; }
  keep_request(CALLERS, id, message, length, from);
  if (!*aors[recipient_of(first_number + id)].contact) { send_answer(CALLERS, id, 404, 1); return; }
  step_to(id, OFFERED);
  send_invite(CALLEES, first_number + id);
}

static void callee_invited(long id, int phone, const char *message, int length, const struct sockaddr_in *from) {
  note_reached(id, phone);
  if (trips[id].step != OFFERED) return;
  keep_request(CALLEES, id, message, length, from);
  step_to(id, PICKED_UP);
  send_answer(CALLEES, id, 200, 1);
}

static void switch_told_bye(long id, const char *message, int length, const struct sockaddr_in *from) {
  if (trips[id].step == OVER) { send_answer(CALLERS, id, 200, 0); return; }
  if (trips[id].step != HUNG_UP) { phase.repeated++; return; }
  keep_request(CALLERS, id, message, length, from);
  step_to(id, CLEARING);
  send_bye(CALLEES, id);
}

static void callee_told_bye(long id, const char *message, int length, const struct sockaddr_in *from) {
  if (trips[id].step < CLEARING || trips[id].step > CLEARED) { phase.repeated++; return; }
  keep_request(CALLEES, id, message, length, from);
  step_to(id, CLEARED);
  send_answer(CALLEES, id, 200, 0);
}

/* A request of a call, at a phone or at the PBX. */
static void call_asked(long id, char letter, int phone, const char *message, int length, const struct sockaddr_in *from) {
  enum leg leg = letter == 'c' ? CALLERS : CALLEES;
  if (id < 0 || !is_open(&trips[id])) { phase.late++; return; }
  if ((phone == PBX) != (leg == CALLERS) || (phone != PBX && phone != phone_of(recipient_of(first_number + id)))) { phase.misrouted++; return; }
  if (starts(message, "ACK ")) call_of(id)->acknowledged[leg] = 1;
  else if (starts(message, "INVITE ")) leg == CALLERS ? switch_invited(id, message, length, from) : callee_invited(id, phone, message, length, from);
  else if (starts(message, "BYE ")) leg == CALLERS ? switch_told_bye(id, message, length, from) : callee_told_bye(id, message, length, from);
}

static void invite_accepted(enum leg leg, long id, const char *message, int length) {
  enum step before = leg == CALLEES ? PICKED_UP : CONNECTED;
  if (trips[id].step < before) return;
  int is_first = trips[id].step == before;
  if (is_first) open_dialog(leg, id, message, length);
  send_ack(leg, id); /* §13.2.2.4: each time that the 2xx comes */
  if (!is_first) { phase.repeated++; return; }
  step_to(id, before + 1);
  if (leg == CALLEES) { send_answer(CALLERS, id, 200, 1); return; }
  note_latency(&trips[id]);
  send_bye(CALLERS, id);
}

/* A final answer of a call, at the caller or at the PBX. A refusal is acknowledged, passed on, and ends the call. */
static void call_answered(long id, char letter, int phone, int code, const char *message, int length) {
  enum leg leg = letter == 'c' ? CALLERS : CALLEES;
  if (id < 0 || !is_open(&trips[id])) { phase.late++; return; }
  if ((phone == PBX) != (leg == CALLEES)) { phase.misrouted++; return; }
  struct span cseq = header(message, length, "CSeq", 0);
  int is_bye = cseq.length > 3 && !memcmp(cseq.at + cseq.length - 3, "BYE", 3);
  if (!is_bye && code < 300) { invite_accepted(leg, id, message, length); return; }
  if (!is_bye) send_initial(leg, first_number + id, "ACK", header(message, length, "To", "t"));
  if (leg == CALLERS) { end_call(id, code); return; }
  if (is_bye && trips[id].step != CLEARED) return;
  if (is_bye) step_to(id, OVER);
  send_answer(CALLERS, id, code, !is_bye);
}
#endif
