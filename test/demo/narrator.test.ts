import { describe, expect, it } from 'vitest';
import { narrateLog, narratePbx } from '../../demo/narrator.ts';

describe('what happens while the demo serves', () => {
  it.each([
    [
      '{"level":"info","aor":"alice@pbx.test","contact":"sip:alice@127.0.0.1:5082","callId":"x","method":"REGISTER","upstream":"demo-pbx","expiresInSeconds":118,"source":"UDP 127.0.0.1:5082","msg":"binding added"}',
      'proxy: binding added alice@pbx.test sip:alice@127.0.0.1:5082 from UDP 127.0.0.1:5082 for 118 s',
    ],
    [
      '{"level":"info","callId":"x","method":"MESSAGE","status":404,"source":"127.0.0.1:5082","reason":"nobody","msg":"message refused"}',
      'proxy: message refused MESSAGE 404 from 127.0.0.1:5082 nobody',
    ],
    ['no JSON', 'no JSON'],
    ['{"a":1}', '{"a":1}'],
    ['null', 'null'],
  ])('is told of the log line %s', (line, told) => {
    expect(narrateLog(line)).toBe(told);
  });

  it('is told of the PBX where it refuses or passes on a call', () => {
    const refused = { kind: 'refused', method: 'REGISTER', from: 'sip:a@pbx.test', status: 403 } as const;
    expect(narratePbx({ ...refused, reason: 'Wrong user or password' })).toBe(
      'PBX: refused REGISTER from sip:a@pbx.test: 403 Wrong user or password',
    );
    const forwarded = { kind: 'forwarded', callId: 'x', to: 'sip:b@127.0.0.1:5060' } as const;
    expect(narratePbx({ ...forwarded, method: 'INVITE' })).toBe('PBX: call goes to sip:b@127.0.0.1:5060');
    expect(narratePbx({ ...forwarded, method: 'BYE' })).toBeUndefined();
    expect(narratePbx({ kind: 'registered', user: 'a', contacts: 1 })).toBeUndefined();
  });
});
