import { describe, expect, it } from 'vitest';
import { NamedHops } from '../../../sidecar/proxy/hops.ts';
import { OwnAddresses } from '../../../sidecar/proxy/own.ts';
import { parseUri, type SipUri } from '../../../sidecar/wire/uri.ts';
import { read, requestText, responseText } from '../../support/sip-text.ts';
import { LISTENERS } from '../../support/world.ts';

const own = new OwnAddresses(LISTENERS);
const uri = (text: string): SipUri => parseUri(text) as SipUri;
const naming = (...headers: string[]) => read(requestText({ method: 'INVITE', headers }));

describe('the places that the PBX has named', () => {
  it('are those of its Contacts and Record-Routes, whoever is meant there', () => {
    const hops = new NamedHops();
    hops.learn(
      naming('Contact: <sip:a@192.0.2.1:5080>', 'Record-Route: <sip:r1.test;lr>, <sip:[2001:db8::1];lr>'),
      own,
    );
    for (const text of ['sip:b@192.0.2.1:5080;x=y', 'sip:R1.test', 'sip:r1.test:5060', 'sip:[2001:DB8::1]'])
      expect(hops.has(uri(text))).toBe(true);
  });

  it('differ by host, port and transport', () => {
    const hops = new NamedHops();
    hops.learn(naming('Contact: <sip:a@192.0.2.1:5080>'), own);
    for (const text of ['sip:a@192.0.2.2:5080', 'sip:a@192.0.2.1', 'sip:a@192.0.2.1:5080;transport=tcp'])
      expect(hops.has(uri(text))).toBe(false);
  });

  it('have the port of their transport where they name none (§19.1.2)', () => {
    const hops = new NamedHops();
    hops.learn(naming('Contact: <sips:a@192.0.2.1>', 'Record-Route: <sip:r1.test;transport=tls;lr>'), own);
    for (const text of ['sip:192.0.2.1:5061;transport=tls', 'sips:r1.test', 'sip:r1.test:5061;transport=TLS'])
      expect(hops.has(uri(text))).toBe(true);
    for (const text of ['sip:192.0.2.1', 'sip:r1.test:5060;transport=tls'])
      expect(hops.has(uri(text))).toBe(false);
  });

  it('are none that only their own WebSocket leads to, nor names that nobody may look up (RFC 7118 §5)', () => {
    const hops = new NamedHops();
    const web = [
      'sip:a@df7jal23ls0d.invalid;transport=ws',
      'sip:b@192.0.2.1;transport=ws',
      'sips:c@h;transport=ws',
    ];
    hops.learn(naming(...web.map((text) => `Contact: <${text}>`), 'Contact: <sip:d@x.invalid>'), own);
    for (const text of [...web, 'sip:d@x.invalid']) expect(hops.has(uri(text))).toBe(false);
  });

  it('are in its Record-Routes above our own only: below stands what a phone has put there', () => {
    const routes = 'Record-Route: <sip:pbx1.test;lr>, <sip:f00@203.0.113.5:5060;lr>, <sip:victim.test;lr>';
    for (const message of [naming(routes), read(responseText(naming(routes), 200))]) {
      const hops = new NamedHops();
      hops.learn(message, own);
      expect(hops.has(uri('sip:pbx1.test'))).toBe(true);
      expect(hops.has(uri('sip:victim.test'))).toBe(false);
    }
    const hops = new NamedHops();
    hops.learn(read(responseText(naming('Record-Route: <sip:victim.test;lr>'), 200)), own);
    expect(hops.has(uri('sip:victim.test'))).toBe(false);
  });

  it('are no more than some thousands, the oldest forgotten first', () => {
    const hops = new NamedHops();
    for (let i = 0; i < 5_000; i++) {
      hops.learn(naming(`Contact: <sip:a@h${i}.test>`), own);
      hops.learn(naming('Contact: <sip:a@often.test>'), own);
    }
    expect(hops.has(uri('sip:a@h4999.test'))).toBe(true);
    expect(hops.has(uri('sip:a@h0.test'))).toBe(false);
    expect(hops.has(uri('sip:a@often.test'))).toBe(true);
  });

  it('do not come of what can not be read', () => {
    const hops = new NamedHops();
    hops.learn(naming('Contact: *', 'Record-Route: <sip:x', 'Contact: tel:1', 'Contact:'), own);
    expect(hops.has(uri('sip:x'))).toBe(false);
  });
});
