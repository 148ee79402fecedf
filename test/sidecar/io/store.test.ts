import { expect, it, onTestFinished } from 'vitest';
import type { Ticket } from '../../../sidecar/effect.ts';
import { DurableJournal } from '../../../sidecar/io/durable-journal.ts';
import { MemoryJournal, type Written } from '../../../sidecar/io/journal.ts';
import { Store } from '../../../sidecar/io/store.ts';
import { Location } from '../../../sidecar/registrar/location.ts';
import { binding, temporaryDir } from './bindings.ts';
import { Inputs, type Observed, observed } from './support.ts';

interface Stage {
  readonly store: Store;
  readonly inputs: Inputs;
  readonly around: Observed;
  readonly time: { ahead: number };
}

/** A store on disk where a directory is given, else in memory; its clock can be put ahead. */
function start(dir?: string, maxBindings = 100): Stage {
  const inputs = new Inputs();
  const real = observed();
  const time = { ahead: 0 };
  const around = { ...real, clock: () => real.clock() + time.ahead };
  const written: Written = (ticket, outcome) => inputs.give({ kind: 'remembered', ticket, outcome });
  const location = new Location(maxBindings);
  const journal =
    dir === undefined ? new MemoryJournal(written) : DurableJournal.open(dir, around, location, written);
  if (typeof journal === 'string') throw new Error(journal);
  const store = new Store(location, journal, around, inputs.give);
  return { store, inputs, around, time };
}

const ticket: Ticket = { kind: 'mirror' };
const aor = 'u1@pbx.test';

it('finds what it remembers, by AoR and by token, and answers within the same turn in memory', async () => {
  const { store, inputs } = start();
  const one = binding(aor);
  store.remember(aor, [one], ticket);
  expect(inputs.all).toEqual([{ kind: 'remembered', ticket, outcome: 'ok' }]);
  expect(store.lookup('aor', aor)).toEqual([one]);
  expect(store.lookup('token', one.token)).toEqual([one]);
  expect(store.lookup('aor', 'nobody@pbx.test')).toEqual([]);
  expect(store.lookup('token', 'nonsense')).toEqual([]);
  await store.close();
});

it('says `full` where there is no room, and changes nothing', async () => {
  const { store, inputs } = start(undefined, 1);
  store.remember(aor, [binding(aor)], undefined);
  store.remember('u2@pbx.test', [binding('u2@pbx.test')], ticket);
  expect(inputs.all).toEqual([{ kind: 'remembered', ticket, outcome: 'full' }]);
  expect(store.lookup('aor', 'u2@pbx.test')).toEqual([]);
  await store.close();
});

it('comes back after a restart with what is still live', async () => {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  const before = start(dir.path);
  const [live, over] = [
    binding(aor),
    binding(aor, { uri: 'sip:old@192.0.2.8', token: 'old', expiresAt: Date.now() - 1 }),
  ];
  before.store.remember(aor, [live, over], ticket);
  before.store.remember('u2@pbx.test', [binding('u2@pbx.test', { expiresAt: 1 })], undefined);
  expect(before.inputs.all).toEqual([]);
  expect((await before.inputs.next('remembered')).outcome).toBe('ok');
  await before.store.close();
  const after = start(dir.path);
  expect(await after.store.load()).toEqual({ loaded: 2, corrupt: 0, expired: 2, leftOut: 0 });
  expect(after.store.lookup('aor', aor)).toEqual([live]);
  await after.store.close();
  // What had expired is gone from the disk, too.
  const again = start(dir.path);
  expect(await again.store.load()).toEqual({ loaded: 1, corrupt: 0, expired: 0, leftOut: 0 });
  await again.store.close();
});

it('takes out what has expired, in memory and on disk, leaves the rest of the AoR, and tells of it', async () => {
  const dir = temporaryDir();
  onTestFinished(dir.remove);
  const { store, time, around } = start(dir.path, 1000);
  const [short, long] = [
    binding(aor, { expiresAt: around.clock() + 60_000 }),
    binding(aor, { uri: 'sip:other@192.0.2.8', token: 'other' }),
  ];
  store.remember(aor, [short, long], undefined);
  for (let i = 0; i < 450; i++)
    store.remember(
      `s${i}@pbx.test`,
      [binding(`s${i}@pbx.test`, { expiresAt: around.clock() + 60_000 })],
      undefined,
    );
  time.ahead = 61_000;
  await around.counted('binding_expired', 451);
  const told = around.notes.filter(({ event }) => event === 'binding expired');
  expect(told).toContainEqual(expect.objectContaining({ aor, contact: short.uri }));
  expect(store.lookup('aor', aor)).toEqual([long]);
  expect(store.location.bindingCount).toBe(1);
  await store.close();
  const again = start(dir.path);
  expect(await again.store.load()).toMatchObject({ loaded: 1, expired: 0 });
  await again.store.close();
});
