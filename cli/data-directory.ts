import { isAbsolute, join } from 'node:path';

/** What the choice of a data directory depends on. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly root: boolean;
  /** $XDG_STATE_HOME, if it is set. */
  readonly stateHome: string | undefined;
}

const stateDirectory = ({ platform, home, root, stateHome }: Machine): string => {
  // XDG Base Directory Specification: a relative path is to be ignored.
  if (stateHome !== undefined && isAbsolute(stateHome)) return stateHome;
  if (platform === 'darwin') return join(home, 'Library', 'Application Support');
  return root ? '/var/lib' : join(home, '.local', 'state');
};

/** Where the proxy of the resource `name` keeps its data if it is not told: in the platform's place for state. */
export const defaultDataDirectory = (name: string, machine: Machine): string =>
  join(stateDirectory(machine), 'midregistrar', name);
