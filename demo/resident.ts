import type { DemoPbx } from './pbx.ts';
import type { Hop } from './phone.ts';
import { demoPhone } from './story/scene.ts';

export interface Resident {
  user: string;
  close(): Promise<void>;
}

const RETRY_SECONDS = 10;

/**
 * A demo user who stays online for a visitor's own phone: answers its calls, answers each message with one, and
 * tells both by `say`. Rejects when it cannot bind; keeps trying when it cannot register.
 */
export async function startResident(options: {
  pbx: DemoPbx;
  proxy: Hop;
  user: string;
  say: (line: string) => void;
}): Promise<Resident> {
  const { pbx, proxy, user, say } = options;
  const phone = await demoPhone(pbx, proxy, user, {
    onMessage: ({ from, text }) => {
      say(`${user} got a message from ${from}: ${text}`);
      const sender = userOf(from, pbx.domain);
      // A resident that answers itself would never end.
      if (sender !== undefined && sender !== user) void phone.message(sender, `${user} read: ${text}`);
    },
    onCall: ({ state, peer }) => say(`${user}'s phone: call from ${peer} ${state}`),
  });
  let timer: NodeJS.Timeout | undefined;
  let open = true;
  const stayRegistered = async () => {
    const { grantedSeconds } = await phone.register();
    // Half of what was granted leaves room for a lost answer.
    const seconds = grantedSeconds > 0 ? grantedSeconds / 2 : RETRY_SECONDS;
    if (open) timer = setTimeout(stayRegistered, seconds * 1000);
  };
  await stayRegistered();
  return {
    user,
    close: async () => {
      open = false;
      clearTimeout(timer);
      await phone.close();
    },
  };
}

function userOf(address: string, domain: string): string | undefined {
  const match = /^sips?:([^@;]+)@([^;:>]+)/.exec(address);
  return match?.[2] === domain ? match[1] : undefined;
}
