import type { Case } from './case.ts';
import { delivered, dropped, forwarded, refused, registered } from './house-verdicts.ts';

/** Addresses, Vias, contacts and bodies. */
export const values: readonly Case[] = [
  forwarded('escaped-quotes', '§25.1', 'escapes, commas, semicolons and brackets in quoted display names'),
  forwarded('quoted-empty', '§25.1', 'an empty display name'),
  forwarded(
    'tokens-everywhere',
    '§25.1',
    'every character of a token in tags, branches, names and parameters',
  ),
  forwarded('addr-spec-parameters', '§20.10', "parameters without brackets are the header field's"),
  refused('addr-spec-comma', '§20.10', 'a comma without brackets', 400),
  refused('addr-unquoted', '§25.1', 'a quote that is not closed', 400),
  refused('addr-unclosed', '§25.1', 'a bracket that is not closed', 400),
  refused('addr-empty', '§25.1', 'empty brackets', 400),
  refused('addr-rubbish', '§25.1', 'text behind the brackets', 400),
  forwarded('addr-other-schemes', '§20.20', 'other schemes in From and To'),
  forwarded('via-blanks', '§25.1', 'white space around each separator of a Via'),
  forwarded('via-list', '§7.3.1', 'three Vias on two lines'),
  forwarded('via-odd', '§20.42', 'ttl, maddr, received and unknown parameters', {
    why: 'maddr and received of a sender are not obeyed',
  }),
  forwarded('via-no-branch', '§17.2.3', 'no branch, as in RFC 2543'),
  dropped('via-port-too-large', '§20.42', 'a port beyond its range', 'malformed', {
    why: 'nothing says where an answer should go',
  }),
  dropped('via-no-host', '§20.42', 'no host', 'malformed', { why: 'nothing says where an answer should go' }),
  refused('via-two-branches', '§7.3.1', 'two branches', 400),
  refused('via-empty-parameter', '§25.1', 'an empty parameter', 400),
  refused('via-empty-value', '§25.1', 'an empty value behind the first', 400),
  registered('register-list', '§10.3', 'contacts in one line and in many', [
    'sip:alice@192.0.2.7:5062',
    'sip:a,b;x@192.0.2.8',
    'sip:alice@192.0.2.9;transport=tcp',
  ]),
  registered('register-bare', '§20.10', 'a contact without brackets', ['sip:alice@192.0.2.7:5062']),
  registered('register-fold', '§7.3.1', 'a folded Contact', ['sip:alice@192.0.2.7:5062']),
  registered('register-ip6', '§25.1', 'a contact on IPv6', ['sip:alice@[2001:db8::7]:5062']),
  registered('register-large-expires', '§20.10', 'expiries beyond their range', ['sip:alice@192.0.2.7:5062']),
  registered('register-query', '§10.2.3', 'no Contact', []),
  forwarded('register-star', '§10.2.2', 'a Contact of * with Expires 0'),
  refused('register-star-expires', '§10.3', 'a Contact of * that does not expire', 400),
  refused('register-star-and-more', '§10.3', 'a Contact of * and another', 400),
  refused('register-elsewhere', '§10.3', 'a domain that is not served', 404),
  refused('register-nobody', '§10.3', 'a To without a user', 400),
  delivered('message-multipart', '§25.1', 'a multipart body with binary octets, NUL among them'),
  delivered('message-looks-like-sip', '§18.3', 'a body that looks like a message'),
  delivered('message-empty', '§18.3', 'a body of nothing'),
  delivered('message-escaped-user', '§19.1.4', 'the recipient in escapes'),
];
