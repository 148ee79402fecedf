import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem, readResource } from '../../sidecar/config.ts';
import { accepted, problemsOf, resourceText } from './config/resource-text.ts';

const linesOf = (text: string): string[] => problemsOf(text).map(formatProblem);

describe('a resource', () => {
  it('is read with all defaults', () => {
    const listener = {
      address: '0.0.0.0',
      port: 5060,
      advertised: { phones: undefined, upstream: undefined },
    };
    expect(accepted(resourceText())).toEqual({
      name: 'office',
      domains: new Set(['pbx.test']),
      upstream: {
        endpoints: [
          {
            name: 'pbx',
            host: '192.0.2.20',
            port: undefined,
            transport: undefined,
            oversizeTransport: 'TCP',
            priority: 0,
            weight: 1,
          },
        ],
        sources: [],
        probe: { method: 'Options', intervalMs: 30_000, timeoutMs: 4000, failureThreshold: 3 },
        responseTimeoutMs: 10_000,
        sips: 'RequireTls',
        tls: { authority: undefined, certificate: undefined, serverName: undefined, verify: 'Full' },
        webSocketPath: '/',
        failoverMs: 3000,
      },
      listeners: [
        { name: 'udp', transport: 'UDP', ...listener },
        { name: 'tcp', transport: 'TCP', ...listener },
      ],
      registration: {
        mode: 'Mirror',
        insertion: 'Contact',
        minExpiresSeconds: 0,
        maxExpiresSeconds: 86_400,
        maxContactsPerAor: 10,
        replyContacts: 'Auto',
        foreignContacts: 'Keep',
        flowTimerSeconds: 120,
      },
      messaging: {
        senders: 'Registered',
        onUnregistered: 'Reject',
        contentTypes: [
          'text/*',
          'message/cpim',
          'message/imdn+xml',
          'application/im-iscomposing+xml',
          'application/vnd.gsma.rcs-ft-http+xml',
        ],
        maxBytes: 16_384,
        maxUdpBytes: 1300,
      },
      store: { type: 'Durable', maxBindings: 1_000_000 },
      security: {
        maxMessageBytes: 65_535,
        maxConnections: 10_000,
        maxConnectionsPerSource: 100,
        connectionIdleMs: 900_000,
        maxTransactions: 500_000,
        allowedSources: [],
        trustedSources: [],
        rateLimit: { perSourcePerSecond: 300, burstPerSource: 3000, bannedMs: 60_000 },
        failureLimit: {
          perAorAndSourcePerMinute: 10,
          perAorPerMinute: 60,
          perSourcePerMinute: 240,
          blockedMs: 60_000,
        },
        overload: { mode: 'Auto', maxDelayMs: 200 },
      },
      drainMs: 10_000,
      logLevel: 'info',
    });
  });

  it('keeps what it says beside the defaults of what it does not say', () => {
    const config = accepted(
      resourceText({
        registration: '{insertion: Path, minExpiresSeconds: 60}',
        security: '{connectionIdleSeconds: 30, allowedSources: [192.0.2.0/24, "2001:db8::1"]}',
      }),
    );
    expect(config.registration).toMatchObject({
      insertion: 'Path',
      minExpiresSeconds: 60,
      maxExpiresSeconds: 86_400,
    });
    expect(config.security).toMatchObject({
      connectionIdleMs: 30_000,
      maxConnections: 10_000,
      allowedSources: ['192.0.2.0/24', '2001:db8::1'],
    });
  });

  it('has hosts and content types in one spelling', () => {
    const config = accepted(
      resourceText({
        domains: '[PBX.Test, "2001:DB8:0:0::1"]',
        upstream: '{endpoints: [{name: pbx, host: PBX.Example.COM}]}',
        listeners: '[{name: udp, address: "0:0:0:0:0:0:0:1", advertised: {phones: {host: SIP.Example.COM}}}]',
        messaging: '{contentTypes: [Text/Plain, "*/*"]}',
      }),
    );
    expect([...config.domains]).toEqual(['pbx.test', '2001:db8::1']);
    expect(config.upstream.endpoints[0]?.host).toBe('pbx.example.com');
    expect(config.listeners[0]?.address).toBe('::1');
    expect(config.listeners[0]?.advertised.phones?.host).toBe('sip.example.com');
    expect(config.messaging.contentTypes).toEqual(['text/plain', '*/*']);
  });

  it("advertises the listener's own port where it names none", () => {
    const advertised = '{phones: {host: sip.example.com}, upstream: {host: 192.0.2.9, port: 5062}}';
    const config = accepted(
      resourceText({ listeners: `[{name: udp, port: 5080, advertised: ${advertised}}]` }),
    );
    expect(config.listeners[0]?.advertised).toEqual({
      phones: { host: 'sip.example.com', port: 5080 },
      upstream: { host: '192.0.2.9', port: 5062 },
    });
  });

  it('takes a field without a value as left out, where it has a default', () => {
    const config = accepted(resourceText({ messaging: '', store: '{type: null}', listeners: '' }));
    expect(config.messaging.senders).toBe('Registered');
    expect(config.store.type).toBe('Durable');
    expect(config.listeners).toHaveLength(2);
    expect(linesOf(resourceText({ domains: '' }))).toEqual([
      'office.yaml:5:12 spec.domains: found nothing, allowed a list of 1 to 64',
    ]);
  });

  it('may have what Kubernetes writes into metadata', () => {
    const metadata =
      'metadata: {name: office, namespace: voice, labels: {a: b}, annotations: {c: d}, uid: e, generation: 2}';
    expect(accepted(resourceText().replace(/^metadata.*$/m, metadata)).name).toBe('office');
  });
});

describe('any text', () => {
  const hasAnswer = (text: string): void => {
    const result = readResource(text, 'x.yaml');
    if ('config' in result) return;
    expect(result.problems.length).toBeGreaterThan(0);
    for (const problem of result.problems) {
      expect(problem.line).toBeGreaterThan(0);
      expect(problem.column).toBeGreaterThan(0);
      expect(formatProblem(problem)).toMatch(/^x\.yaml:\d+:\d+ [^\r\n]+$/);
    }
  };

  it('is read or refused with a reason, and never throws', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), hasAnswer));
  });

  it('made of the signs of YAML is read or refused', () => {
    const sign = fc.constantFrom(
      ...'[]{}:,-?&*!|>\'"%@`# \n\t~a1'.split(''),
      '---\n',
      '...\n',
      ': ',
      '- ',
      '<<',
      '\r\n',
    );
    fc.assert(fc.property(fc.array(sign, { maxLength: 60 }), (signs) => hasAnswer(signs.join(''))));
  });

  it('that differs from a sound one in some characters is read or refused', () => {
    const sound = resourceText({
      listeners: '[{name: udp, advertised: {phones: {host: a}}}]',
      store: '{type: Memory}',
    });
    const change = fc.tuple(fc.nat(sound.length), fc.nat(8), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const text = changes.reduce(
          (all, [from, length, put]) => all.slice(0, from) + put + all.slice(from + length),
          sound,
        );
        hasAnswer(text);
      }),
    );
  });

  it('that holds any value in any section is read or refused', () => {
    const section = fc.constantFrom(
      'domains',
      'upstream',
      'listeners',
      'registration',
      'messaging',
      'store',
      'security',
    );
    fc.assert(
      fc.property(section, fc.jsonValue({ maxDepth: 4 }), (name, value) =>
        hasAnswer(resourceText({ [name]: JSON.stringify(value) })),
      ),
    );
  });
});
