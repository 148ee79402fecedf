import { describe, expect, it } from 'vitest';
import { type Query, Resolver, systemQuery } from '../../../sidecar/io/resolve.ts';
import { type Observed, observed } from './support.ts';

/** A resolver whose name server and clock are in the test's hand. */
class Stage {
  now = 1_000_000;
  readonly asked: string[] = [];
  readonly around: Observed = { ...observed(), clock: () => this.now };
  answer: Query = async () => ['192.0.2.1'];
  readonly resolver = new Resolver(this.around, (host) => {
    this.asked.push(host);
    return this.answer(host);
  });

  resolve(host = 'pbx.test'): Promise<readonly string[]> {
    return new Promise((resolve) => this.resolver.resolve(host, resolve));
  }
}

it.each(['192.0.2.7', '2001:db8::1'])(
  'answers %s, an address, in the same turn and asks nobody',
  (address) => {
    const stage = new Stage();
    const answers: unknown[] = [];
    stage.resolver.resolve(address, (addresses) => answers.push(addresses));
    expect(answers).toEqual([[address]]);
    expect(stage.asked).toEqual([]);
  },
);

it('finds names of the hosts file', async () => {
  expect(await systemQuery('localhost')).toContain('127.0.0.1');
});

it('asks once for all who want the same name at the same time, in any case of letters', async () => {
  const stage = new Stage();
  const answers = await Promise.all([
    stage.resolve('pbx.test'),
    stage.resolve('PBX.test'),
    stage.resolve('pbx.test'),
  ]);
  expect(answers).toEqual([['192.0.2.1'], ['192.0.2.1'], ['192.0.2.1']]);
  expect(stage.asked).toEqual(['pbx.test']);
});

it('remembers a good answer for 30 s', async () => {
  const stage = new Stage();
  await stage.resolve();
  stage.now += 29_999;
  await stage.resolve();
  expect(stage.asked).toHaveLength(1);
  stage.now += 1;
  await stage.resolve();
  expect(stage.asked).toHaveLength(2);
});

it('remembers for 5 s that a name does not exist', async () => {
  const stage = new Stage();
  stage.answer = () => Promise.reject(new Error('ENOTFOUND'));
  expect(await stage.resolve()).toEqual([]);
  stage.now += 4_999;
  expect(await stage.resolve()).toEqual([]);
  expect(stage.asked).toHaveLength(1);
  stage.now += 1;
  stage.answer = async () => ['192.0.2.2'];
  expect(await stage.resolve()).toEqual(['192.0.2.2']);
});

describe('when nobody can be asked any more', () => {
  it('goes by the last good answer, for an hour', async () => {
    const stage = new Stage();
    await stage.resolve();
    stage.answer = () => Promise.reject(new Error('EAI_AGAIN'));
    stage.now += 3_599_000;
    expect(await stage.resolve()).toEqual(['192.0.2.1']);
    stage.now += 10_000;
    expect(await stage.resolve()).toEqual([]);
  });
});

it('has no more than two queries under way, and answers nothing where too many wait', async () => {
  const stage = new Stage();
  const open: ((addresses: string[]) => void)[] = [];
  stage.answer = () => new Promise((resolve) => open.push(resolve));
  const answers = Array.from({ length: 1002 }, (_, i) => stage.resolve(`h${i}.test`));
  expect(stage.asked).toHaveLength(2);
  expect(await stage.resolve('one.too.many')).toEqual([]);
  expect(stage.around.counts.get('too_many_lookups')).toBe(1);
  for (let i = 0; i < 1002; i++) {
    open[i]?.([`192.0.2.${i % 250}`]);
    expect(await answers[i]).toEqual([`192.0.2.${i % 250}`]);
  }
});

it('forgets the names longest not asked for beyond a thousand', async () => {
  const stage = new Stage();
  for (let i = 0; i < 1001; i++) await stage.resolve(`h${i}.test`);
  await stage.resolve('h1.test');
  expect(stage.asked).toHaveLength(1001);
  await stage.resolve('h0.test');
  expect(stage.asked).toHaveLength(1002);
});
