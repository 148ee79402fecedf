import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../operator/kube/call.ts';
import type { Answer } from '../../support/kube/answer.ts';
import { FakeApiServer } from '../../support/kube/api-server.ts';
import { connectTo } from '../../support/kube/connection.ts';
import { testStage } from '../../support/peers/stage.ts';

const MAPS = '/api/v1/configmaps';
const stage = testStage();
const any = (): boolean => true;
const list = { method: 'GET', path: MAPS } as const;

const busy =
  (status: number, retryAfter?: string) =>
  (answer: Answer): void =>
    answer.refuse(status, 'TooManyRequests', retryAfter === undefined ? {} : { 'retry-after': retryAfter });

describe.each(['h2', 'http/1.1'] as const)('over %s', (protocols) => {
  const start = (): Promise<FakeApiServer> => FakeApiServer.start(stage, { protocols });

  it('sends JSON with the token and says who it is', async () => {
    const server = await start();
    server.fail(any, (answer) => answer.json(201, { made: true }));
    const { kube, told } = connectTo(stage, server);
    const call = {
      method: 'POST',
      path: MAPS,
      query: { dryRun: 'All' },
      body: { metadata: { name: 'ä' } },
    } as const;
    await expect(kube.send(call)).resolves.toEqual({ made: true });
    const [asked] = server.asked;
    expect(asked).toMatchObject({ method: 'POST', path: MAPS, text: '{"metadata":{"name":"ä"}}' });
    expect(asked?.query.get('dryRun')).toBe('All');
    expect(asked?.headers).toMatchObject({
      authorization: 'Bearer first',
      'content-type': 'application/json',
      'user-agent': 'midregistrar/0.0.0',
      accept: 'application/json',
    });
    expect(told).toEqual(['POST 201']);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)(
    'sends what a %s has to say, and where it has nothing',
    async (method) => {
      const server = await start();
      server.fail(any, (answer) => answer.json(200, {}), 2);
      const { kube } = connectTo(stage, server);
      await kube.send({ method, path: MAPS, body: { preconditions: { uid: 'a' } } });
      await kube.send({ method, path: MAPS });
      expect(server.asked.map(({ text }) => text)).toEqual(['{"preconditions":{"uid":"a"}}', '']);
    },
  );

  it('answers undefined where the body is empty', async () => {
    const server = await start();
    server.fail(any, (answer) => answer.end());
    await expect(connectTo(stage, server).kube.send(list)).resolves.toBeUndefined();
  });

  it("rejects with the server's own words", async () => {
    const server = await start();
    server.fail(any, (answer) => answer.refuse(409, 'Conflict'));
    const error = await connectTo(stage, server)
      .kube.send(list)
      .catch((each: unknown) => each);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 409, reason: 'Conflict', message: 'refused: Conflict' });
  });

  it('takes a refusal in words that are no Status, as proxies have them', async () => {
    const server = await start();
    server.fail(any, (answer) => {
      answer.head(502);
      answer.end(`<h1>${'bad gateway '.repeat(500_000)}`);
    });
    const error = await connectTo(stage, server)
      .kube.send(list)
      .catch((each: unknown) => each);
    expect(error).toMatchObject({
      status: 502,
      reason: '',
      message: expect.stringMatching(/^<h1>bad gateway/),
    });
    expect((error as Error).message.length).toBeLessThanOrEqual(300);
  });

  it.each([
    [429, 'GET'],
    [429, 'POST'],
    [503, 'GET'],
    [503, 'PATCH'],
    [503, 'DELETE'],
  ] as const)('waits as %i with Retry-After asks, then makes %s again', async (status, method) => {
    const server = await start();
    server.fail(any, busy(status, '2'));
    server.fail(any, (answer) => answer.json(200, {}));
    const { kube, waits } = connectTo(stage, server);
    await kube.send({ method, path: MAPS });
    expect(waits).toEqual([2000]);
    expect(server.asked).toHaveLength(2);
  });

  it('makes a POST not again after 503, which may have been carried out', async () => {
    const server = await start();
    server.fail(any, busy(503, '1'));
    const { kube } = connectTo(stage, server);
    await expect(kube.send({ method: 'POST', path: MAPS })).rejects.toMatchObject({ status: 503 });
    expect(server.asked).toHaveLength(1);
  });

  it('gives a busy server up after three more attempts', async () => {
    const server = await start();
    server.fail(any, busy(429), 100);
    const { kube, waits } = connectTo(stage, server);
    await expect(kube.send(list)).rejects.toMatchObject({ status: 429 });
    expect(waits).toEqual([200, 400, 800]);
    expect(server.asked).toHaveLength(4);
  });

  it('waits for no more than a minute in all, and never less than it was asked to', async () => {
    const server = await start();
    server.fail(any, busy(429, '25'), 100);
    const { kube, waits } = connectTo(stage, server);
    await expect(kube.send(list)).rejects.toMatchObject({ status: 429, retryAfterMs: 25_000 });
    expect(waits).toEqual([25_000, 25_000]);
  });

  it('lets the caller wait where the server asks for more than a minute', async () => {
    const server = await start();
    server.fail(any, busy(429, '61'));
    const { kube, waits } = connectTo(stage, server);
    await expect(kube.send(list)).rejects.toMatchObject({ status: 429, retryAfterMs: 61_000 });
    expect(waits).toEqual([]);
  });

  it('makes a request once more whose connection breaks off before the answer', async () => {
    const server = await start();
    server.fail(any, (answer) => answer.reset());
    server.fail(any, (answer) => answer.json(200, { second: true }));
    const { kube } = connectTo(stage, server);
    await expect(kube.send(list)).resolves.toEqual({ second: true });
  });

  it('makes a request once more whose connection breaks off amid the answer', async () => {
    const server = await start();
    server.fail(any, async (answer) => {
      answer.head();
      await answer.write('{"half":');
      answer.reset();
    });
    server.fail(any, (answer) => answer.json(200, { second: true }));
    const { kube } = connectTo(stage, server);
    await expect(kube.send(list)).resolves.toEqual({ second: true });
  });

  it('makes it only once more, and a POST not at all', async () => {
    const server = await start();
    server.fail(any, (answer) => answer.reset(), 100);
    const { kube } = connectTo(stage, server);
    await expect(kube.send(list)).rejects.not.toBeInstanceOf(ApiError);
    expect(server.asked).toHaveLength(2);
    await expect(kube.send({ method: 'POST', path: MAPS })).rejects.not.toBeInstanceOf(ApiError);
    expect(server.asked).toHaveLength(3);
  });

  it('gives up what is not answered in time', async () => {
    const server = await start();
    server.fail(any, () => {});
    const { kube } = connectTo(stage, server);
    await expect(kube.send({ ...list, timeoutMs: 20 })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('gives up what is answered by half in time', async () => {
    const server = await start();
    server.fail(any, async (answer) => {
      answer.head();
      await answer.write('{');
    });
    const { kube } = connectTo(stage, server);
    await expect(kube.send({ ...list, timeoutMs: 50 })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('ends with the reason of its signal, also while it waits for its turn', async () => {
    const server = await start();
    server.fail(any, busy(429, '30'), 100);
    const { kube } = connectTo(stage, server, { after: () => () => {} });
    const aborter = new AbortController();
    const sent = kube.send({ ...list, signal: aborter.signal });
    await server.until(() => server.asked.length === 1);
    aborter.abort(new Error('enough'));
    await expect(sent).rejects.toThrow('enough');
  });

  it('asks at the wire whether it may write, and for a GET not at all', async () => {
    const server = await start();
    server.fail(any, (answer) => answer.json(200, {}), 100);
    const { kube } = connectTo(stage, server, { mayWrite: () => false });
    await kube.send(list);
    await expect(kube.send({ method: 'DELETE', path: MAPS })).rejects.toThrow('does not lead');
    expect(server.asked).toHaveLength(1);
  });
});
