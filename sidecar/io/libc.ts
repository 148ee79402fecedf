import { endianness } from 'node:os';
import { getSystemErrorName } from 'node:util';

/** Calls the kernel has for UDP, as C declares them: numbers, and bytes that lie where they lie. They return -1 on an error. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array, bytes: number): number;
  getsockname(fd: number, address: Uint8Array, bytes: Uint8Array): number;
  setsockopt(fd: number, level: number, option: number, value: Uint8Array, bytes: number): number;
  recvmmsg(fd: number, messages: Uint8Array, count: number, flags: number, timeout: null): number;
  sendmmsg(fd: number, messages: Uint8Array, count: number, flags: number): number;
  close(fd: number): number;
  /** The system's name of the last call's error, as `EADDRINUSE`. */
  errorName(): string;
  /** Where bytes lie, exact below 2^53; they must not be moved, so only a buffer with memory of its own will do. */
  addressOf(bytes: Uint8Array): number;
  /** Calls back whenever a descriptor can be read, or written where that is asked for, until `close`. */
  poll(fd: number, ready: () => void): Poll;
}

export interface Poll {
  watch(events: { readonly readable: true; readonly writable: boolean }): void;
  close(): void;
}

/** Where the structures are laid out as `MessageBatch` writes them. */
const isKnownPlatform = (): boolean =>
  process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch) && endianness() === 'LE';

let loaded: Promise<Libc | string> | undefined;

/** The C library that this process runs on; why not, in words, where there is no calling it. */
export function loadLibc(): Promise<Libc | string> {
  loaded ??= isKnownPlatform()
    ? load()
    : Promise.resolve(`${process.platform} on ${process.arch} is not known to it`);
  return loaded;
}

async function load(): Promise<Libc | string> {
  try {
    const { default: koffi } = await import('koffi');
    const c = koffi.load(null);
    return {
      socket: c.func('int socket(int, int, int)'),
      bind: c.func('int bind(int, void *, uint)'),
      getsockname: c.func('int getsockname(int, void *, void *)'),
      setsockopt: c.func('int setsockopt(int, int, int, void *, uint)'),
      recvmmsg: c.func('int recvmmsg(int, void *, uint, int, void *)'),
      sendmmsg: c.func('int sendmmsg(int, void *, uint, int)'),
      close: c.func('int close(int)'),
      errorName: () => getSystemErrorName(-koffi.errno()),
      addressOf: (bytes) => Number(koffi.address(bytes)),
      poll: (fd, ready) => {
        const handle = koffi.node.poll(fd, { readable: true }, ready);
        return { watch: (events) => handle.start(events, ready), close: () => handle.close() };
      },
    };
  } catch (error) {
    // Not installed for this processor or C library, or not allowed here.
    return error instanceof Error ? error.message : String(error);
  }
}
