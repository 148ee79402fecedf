import { afterEach } from 'vitest';
import { type DemoPbx, type DemoPbxOptions, startDemoPbx } from '../../demo/pbx.ts';
import { type DemoPhone, type DemoPhoneOptions, startDemoPhone } from '../../demo/phone.ts';

export const ADDRESS = '127.0.0.1';

const running: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((part) => part.close()));
});

export function startedPbx(options: Partial<DemoPbxOptions> = {}): Promise<DemoPbx> {
  const users = ['alice', 'bob', 'carol'].map((name) => ({ name, password: `${name}-secret` }));
  return started(
    startDemoPbx({
      address: ADDRESS,
      port: 0,
      domain: 'pbx.test',
      users,
      maxContactsPerUser: 2,
      grantedExpiresSeconds: 120,
      ...options,
    }),
  );
}

export function startedPhone(
  pbx: DemoPbx,
  user: string,
  options: Partial<DemoPhoneOptions> = {},
): Promise<DemoPhone> {
  return started(
    startDemoPhone({
      address: ADDRESS,
      port: 0,
      user,
      password: `${user}-secret`,
      domain: 'pbx.test',
      proxy: { address: ADDRESS, port: pbx.port },
      expiresSeconds: 3600,
      ...options,
    }),
  );
}

async function started<Part extends { close(): Promise<void> }>(starting: Promise<Part>): Promise<Part> {
  const part = await starting;
  running.push(part);
  return part;
}
