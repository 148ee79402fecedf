import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../../sidecar/config.ts';
import { problemsOf, resourceText } from './resource-text.ts';

const linesOf = (text: string): string[] => problemsOf(text).map(formatProblem);

describe('a wrong resource', () => {
  const endpoint = (fields: string): string => `{endpoints: [{name: pbx, host: 192.0.2.20, ${fields}}]}`;
  const HOST_WORDS = 'a host name, an IPv4 address, or an IPv6 address without brackets';

  it.each([
    [
      'listeners',
      '[{name: udp, port: "abc"}]',
      '7:33 spec.listeners[0].port: found "abc" (string), allowed an integer from 1 to 65535',
    ],
    [
      'listeners',
      '[{name: udp, port: "5060"}]',
      '7:33 spec.listeners[0].port: found "5060" (string), allowed an integer from 1 to 65535',
    ],
    [
      'listeners',
      '[{name: udp, port: 0}]',
      '7:33 spec.listeners[0].port: found 0 (integer), allowed an integer from 1 to 65535',
    ],
    [
      'listeners',
      '[{name: udp, port: 5060.5}]',
      '7:33 spec.listeners[0].port: found 5060.5 (number), allowed an integer from 1 to 65535',
    ],
    [
      'listeners',
      '[{name: udp, port: .nan}]',
      '7:33 spec.listeners[0].port: found NaN (number), allowed an integer from 1 to 65535',
    ],
    [
      'listeners',
      '[{name: udp, address: "[::1]"}]',
      '7:36 spec.listeners[0].address: found "[::1]" (string), allowed an IPv4 address, or an IPv6 address without brackets',
    ],
    [
      'listeners',
      '[{name: udp}, {name: udp, port: 5070}]',
      '7:35 spec.listeners[1].name: found "udp" a second time, allowed each only once in the list',
    ],
    [
      'listeners',
      '[{name: an-overlong-name}]',
      '7:22 spec.listeners[0].name: found "an-overlong-name" (string), allowed a DNS label (a-z, 0-9 and - inside), of at most 15 characters',
    ],
    [
      'listeners',
      '[{port: 5060}]',
      '7:15 spec.listeners[0].name: found nothing, allowed a DNS label (a-z, 0-9 and - inside); the field is required',
    ],
    ['listeners', '[]', '7:14 spec.listeners: found a list of 0, allowed a list of 1 to 8'],
    ['listeners', '{name: udp}', '7:14 spec.listeners: found a map, allowed a list of 1 to 8'],
    [
      'domains',
      '["sip:pbx.test"]',
      `5:13 spec.domains[0]: found "sip:pbx.test" (string), allowed ${HOST_WORDS}`,
    ],
    [
      'domains',
      '[pbx.test:5060]',
      `5:13 spec.domains[0]: found "pbx.test:5060" (string), allowed ${HOST_WORDS}`,
    ],
    ['domains', '[10.0.0.300]', `5:13 spec.domains[0]: found "10.0.0.300" (string), allowed ${HOST_WORDS}`],
    [
      'domains',
      '[pbx.test, pbx.test]',
      '5:23 spec.domains[1]: found "pbx.test" a second time, allowed each only once in the list',
    ],
    ['domains', 'pbx.test', '5:12 spec.domains: found "pbx.test" (string), allowed a list of 1 to 64'],
    [
      'upstream',
      endpoint('transport: udp'),
      '6:67 spec.upstream.endpoints[0].transport: found "udp" (string), allowed one of UDP, TCP, TLS, WS, WSS; did you mean UDP?',
    ],
    [
      'upstream',
      endpoint('transport: SCTP'),
      '6:67 spec.upstream.endpoints[0].transport: found "SCTP" (string), allowed one of UDP, TCP, TLS, WS, WSS',
    ],
    [
      'upstream',
      `{endpoints: [${Array.from({ length: 9 }, (_, i) => `{name: a${i}, host: b}`).join(', ')}]}`,
      '6:25 spec.upstream.endpoints: found a list of 9, allowed a list of 1 to 8',
    ],
    [
      'upstream',
      '{endpoints: [{name: a}]}',
      `6:26 spec.upstream.endpoints[0].host: found nothing, allowed ${HOST_WORDS}; the field is required`,
    ],
    [
      'registration',
      '{inserton: Path}',
      '7:18 spec.registration.inserton: found the unknown field "inserton", allowed mode, insertion, minExpiresSeconds, maxExpiresSeconds, maxContactsPerAor, replyContacts, foreignContacts, flowTimerSeconds, tokenSecretRef; did you mean \'insertion\'?',
    ],
    [
      'registration',
      '{mode: ContactThrottling}',
      '7:24 spec.registration.mode: found "ContactThrottling" (string), allowed Mirror',
    ],
    [
      'store',
      '{maxBytes: 1}',
      '7:11 spec.store.maxBytes: found the unknown field "maxBytes", allowed type, maxBindings, volume; did you mean \'spec.messaging.maxBytes\'?',
    ],
    [
      'store',
      '{"__proto__": 1}',
      '7:11 spec.store.__proto__: found the unknown field "__proto__", allowed type, maxBindings, volume',
    ],
    [
      'store',
      '{constructor: 1}',
      '7:11 spec.store.constructor: found the unknown field "constructor", allowed type, maxBindings, volume',
    ],
    [
      'store',
      '{"a b": 1}',
      '7:11 spec.store["a b"]: found the unknown field "a b", allowed type, maxBindings, volume',
    ],
    [
      'messaging',
      '{contentTypes: ["text/plain;charset=utf-8"]}',
      '7:30 spec.messaging.contentTypes[0]: found "text/plain;charset=utf-8" (string), allowed a content type such as text/plain, text/* or */*, without parameters',
    ],
    [
      'messaging',
      'true',
      '7:14 spec.messaging: found true (boolean), allowed a map of senders, onUnregistered, contentTypes, maxBytes, maxUdpBytes',
    ],
    [
      'security',
      '{allowedSources: [192.0.2.0/33]}',
      '7:31 spec.security.allowedSources[0]: found "192.0.2.0/33" (string), allowed a network such as 192.0.2.0/24 or 2001:db8::/32, or one IP address',
    ],
  ])('is told the place of %s: %s', (section, yaml, line) => {
    expect(linesOf(resourceText({ [section]: yaml }))).toEqual([`office.yaml:${line}`]);
  });

  it.each([
    ['kind: Service', /^kind.*$/m, '2:7 kind: found "Service" (string), allowed MidRegistrar'],
    [
      'kind: Midregistrar',
      /^kind.*$/m,
      '2:7 kind: found "Midregistrar" (string), allowed MidRegistrar; did you mean MidRegistrar?',
    ],
    [
      'apiVersion: v1',
      /^apiVersion.*$/m,
      '1:13 apiVersion: found "v1" (string), allowed midregistrar.dev/v1',
    ],
    ['', /^kind.*\n/m, '1:1 kind: found nothing, allowed MidRegistrar; the field is required'],
    [
      'metadata: {}',
      /^metadata.*$/m,
      '3:1 metadata.name: found nothing, allowed a DNS label of at most 48 characters; the field is required',
    ],
    [
      'metadata: {name: 5}',
      /^metadata.*$/m,
      '3:18 metadata.name: found 5 (integer), allowed a DNS label of at most 48 characters',
    ],
    [
      'metadata: {name: a, namespce: b}',
      /^metadata.*$/m,
      '3:21 metadata.namespce: found the unknown field "namespce", allowed name, namespace, labels, annotations, uid, resourceVersion, generation, creationTimestamp, managedFields, finalizers, ownerReferences; did you mean \'namespace\'?',
    ],
  ])('is told what is wrong with "%s"', (replacement, pattern, line) => {
    expect(linesOf(resourceText().replace(pattern, replacement))).toEqual([`office.yaml:${line}`]);
  });

  it('of another kind is not held against our fields', () => {
    const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 5060}]}\n';
    expect(problemsOf(text).map(({ path }) => path)).toEqual(['apiVersion', 'kind']);
  });

  it.each([
    ['a misspelt kind', 'apiVersion: midregistrar.dev/v1\nkind: MidRegistar', ['kind']],
    ['another version', 'apiVersion: midregistrar.dev/v2\nkind: MidRegistrar', ['apiVersion']],
    ['both wrong', 'apiVersion: v1\nkind: Registrar', ['apiVersion', 'kind']],
    ['neither', '', ['apiVersion', 'kind']],
  ])('with %s is told the mistakes of its spec as well', (_, head, paths) => {
    const text = `${head}\nmetadata: {name: a}\nspec: {domains: [], upstream: {endpoints: [{name: pbx, host: b}]}}\n`;
    expect(problemsOf(text).map(({ path }) => path)).toEqual(
      expect.arrayContaining([...paths, 'spec.domains']),
    );
    expect(problemsOf(text)).toHaveLength(paths.length + 1);
  });

  it.each([
    ['no spec', ''],
    ['a spec that is no map', 'spec: [domains]'],
    ['a spec of nothing of ours', 'spec: {replicas: 1}'],
  ])('of another kind and with %s is told its kind alone', (_, spec) => {
    const text = `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, zone: b}\n${spec}\n`;
    expect(problemsOf(text).map(({ path }) => path)).toEqual(['apiVersion', 'kind']);
  });

  it('is told all its mistakes in the order of the text', () => {
    const text = resourceText({
      domains: '[]',
      listeners: '[{name: UDP}]',
      registration: '{mode: x, y: 1}',
      zone: '1',
    });
    expect(problemsOf(text).map(({ line, path }) => [line, path])).toEqual([
      [5, 'spec.domains'],
      [7, 'spec.listeners[0].name'],
      [8, 'spec.registration.mode'],
      [8, 'spec.registration.y'],
      [9, 'spec.zone'],
    ]);
  });

  it('has long and odd values told on one short line', () => {
    const [line = ''] = linesOf(resourceText({ domains: `["${'a!'.repeat(5_000)}\\n"]` }));
    expect(line.length).toBeLessThan(300);
    expect(line).not.toContain('\n');
  });
});
