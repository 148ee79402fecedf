import { join } from 'node:path';
import { startPinned } from '../child.ts';
import { freeUdpPort } from '../free-port.ts';
import { answersOptions } from '../readiness.ts';
import type { Place, Serving, System } from '../system.ts';

const start = async ({ core, directory, pbxPort }: Place): Promise<Serving> => {
  const port = await freeUdpPort();
  const log = join(directory, 'relay.log');
  const program = join(import.meta.dirname, 'relay-process.ts');
  const child = startPinned(core, [process.execPath, program, String(port), String(pbxPort)], log);
  await answersOptions(child, 'the relay', log, port);
  return { port, pid: child.pid, stop: () => child.stop() };
};

/** Node moving the same datagrams without reading them: no proxy in Node can be faster. */
export const relay: System = {
  name: 'relay',
  describes: 'Node UDP relay that parses nothing; stores nothing',
  presence: () => ({ kind: 'here', version: process.version }),
  start,
};
