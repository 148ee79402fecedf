import { describe, expect, it } from 'vitest';
import { defaultDataDirectory, type Machine } from '../../cli/data-directory.ts';

const linux: Machine = { platform: 'linux', home: '/home/ann', root: false, stateHome: undefined };

describe('the default data directory', () => {
  it.each<[string, Partial<Machine>, string]>([
    ['of a person on Linux is in ~/.local/state', {}, '/home/ann/.local/state/midregistrar/office'],
    ['of root on Linux is in /var/lib', { root: true }, '/var/lib/midregistrar/office'],
    [
      'on macOS is in Application Support',
      { platform: 'darwin', home: '/Users/ann' },
      '/Users/ann/Library/Application Support/midregistrar/office',
    ],
    ['follows XDG_STATE_HOME', { root: true, stateHome: '/srv/state' }, '/srv/state/midregistrar/office'],
    [
      'ignores an XDG_STATE_HOME that is not absolute, as its specification asks',
      { stateHome: 'state' },
      '/home/ann/.local/state/midregistrar/office',
    ],
  ])('%s', (_, difference, directory) => {
    expect(defaultDataDirectory('office', { ...linux, ...difference })).toBe(directory);
  });
});
