import { describe, expect, it } from 'vitest';
import { FakeApiServer, isList, isWatch } from '../../support/kube/api-server.ts';
import { connectTo } from '../../support/kube/connection.ts';
import { testStage } from '../../support/peers/stage.ts';

const MAPS = '/api/v1/configmaps';
const stage = testStage();
const list = { method: 'GET', path: MAPS } as const;
const watch = { ...list, query: { watch: 'true', resourceVersion: '0' } } as const;

/** Collects what a watch tells, and why it ended. */
async function follow(lines: AsyncIterable<string>): Promise<{ lines: string[]; error: unknown }> {
  const heard: string[] = [];
  try {
    for await (const line of lines) heard.push(line);
    return { lines: heard, error: undefined };
  } catch (error) {
    return { lines: heard, error };
  }
}

describe.each(['h2', 'http/1.1'] as const)('over %s', (protocols) => {
  const start = (): Promise<FakeApiServer> => FakeApiServer.start(stage, { protocols });

  it('gives the lines of a watch as they come, however they are cut', async () => {
    const server = await start();
    const bytes = Buffer.from('{"a":"grüß"}\n{"b":"日本"}\n');
    server.fail(isWatch, async (answer) => {
      answer.head();
      for (const byte of bytes) await answer.write(Buffer.from([byte]));
      answer.end('{"half"');
    });
    const { lines, error } = await follow(connectTo(stage, server).kube.lines(watch));
    expect(error).toBeUndefined();
    expect(lines).toEqual(['{"a":"grüß"}', '{"b":"日本"}']);
  });

  it('lets a watch last for longer than its head may take', async () => {
    const server = await start();
    const { kube } = connectTo(stage, server);
    await kube.send({ method: 'GET', path: '/version' });
    server.fail(isWatch, (answer) => {
      answer.head();
      setTimeout(() => answer.end('{}\n'), 400);
    });
    expect(await follow(kube.lines({ ...watch, timeoutMs: 300 }))).toEqual({
      lines: ['{}'],
      error: undefined,
    });
  });

  it('fails a watch whose head does not come', async () => {
    const server = await start();
    server.fail(isWatch, () => {});
    const { error } = await follow(connectTo(stage, server).kube.lines({ ...watch, timeoutMs: 20 }));
    expect(error).toMatchObject({ name: 'TimeoutError' });
  });

  it('fails a watch that breaks off mid-line, after the lines before', async () => {
    const server = await start();
    const { kube } = connectTo(stage, server);
    const lines = kube.lines(watch)[Symbol.asyncIterator]();
    server.fail(isWatch, async (answer) => {
      answer.head();
      await answer.write('{"whole":1}\n{"hal');
    });
    expect(await lines.next()).toEqual({ done: false, value: '{"whole":1}' });
    server.resetAll();
    await expect(lines.next()).rejects.toThrow();
  });

  it('fails a watch that is refused, and one that is not reached', async () => {
    const server = await start();
    server.fail(isWatch, (answer) => answer.refuse(403, 'Forbidden'));
    const { kube } = connectTo(stage, server);
    expect((await follow(kube.lines(watch))).error).toMatchObject({ status: 403, reason: 'Forbidden' });
    const elsewhere = connectTo(stage, server, { url: 'https://127.0.0.1:1' });
    expect((await follow(elsewhere.kube.lines(watch))).error).toMatchObject({ code: 'ECONNREFUSED' });
    expect(elsewhere.told).toEqual(['GET none']);
  });

  it('leaves the server when a watch is no longer read', async () => {
    const server = await start();
    const shelf = server.shelf(MAPS);
    shelf.put({ name: 'a' });
    const { kube } = connectTo(stage, server);
    for await (const _ of kube.lines(watch)) break;
    await kube.send(list);
    await expect.poll(() => shelf.watchers.length).toBe(0);
    expect(server.count(isList)).toBe(1);
  });

  it('needs at most four connections for 300 requests, one after another, beside eight watches over HTTP/2', async () => {
    const server = await start();
    const shelf = server.shelf(MAPS);
    shelf.put({ name: 'a' });
    const { kube, connections } = connectTo(stage, server);
    const watches = Array.from({ length: 8 }, () => kube.lines(watch)[Symbol.asyncIterator]());
    await Promise.all(watches.map((each) => each.next()));
    for (let i = 0; i < 300; i++) await kube.send(list);
    // Over HTTP/1.1 each watch has one of its own.
    const most = protocols === 'h2' ? 4 : 8 + 4 + 1;
    expect(server.connections).toBeLessThanOrEqual(most);
    expect(connections()).toBe(server.connections);
  });

  it('needs at most four connections for what is not a watch, however much is asked at once', async () => {
    const server = await start();
    server.shelf(MAPS).put({ name: 'a' });
    const { kube } = connectTo(stage, server);
    await Promise.all(Array.from({ length: 100 }, () => kube.send(list)));
    expect(server.connections).toBeLessThanOrEqual(5);
    expect(server.count(isList)).toBe(100);
  });

  it('leaves no connection behind when it is closed, also one that was just being made', async () => {
    const server = await start();
    const { kube } = connectTo(stage, server);
    const sent = kube.send(list);
    sent.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    await kube.close();
    await expect(sent).rejects.toThrow();
    await server.until(() => server.open === 0);
  });
});
