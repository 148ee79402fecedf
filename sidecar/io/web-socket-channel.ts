import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { FrameProgress } from '../wire/frame-progress.ts';
import type { Latin1Buffer } from '../wire/latin1.ts';
import type { Ears, OpenChannel } from './channel.ts';

/** RFC 6455 §7.4.1: what a peer is told where we close. */
const GOING_AWAY = 1001;

/** What every WebSocket is opened with. Browsers' compression is not taken: it costs memory, and a little text can unfold to much. */
export const WEBSOCKET_OPTIONS = {
  perMessageDeflate: false,
  allowSynchronousEvents: true,
  autoPong: true,
  // How long a peer may take to say goodbye, in ms.
  closeTimeout: 2000,
  maxFragments: 1024,
} as const;

/** RFC 7118: each message is one WebSocket message. `socket` is what the WebSocket runs over, once it is open. */
export function webSocketChannel(webSocket: WebSocket, socket: Socket | undefined): OpenChannel {
  return (ears) => {
    webSocket.on('message', (data: Buffer) => hear(data, ears));
    if (socket !== undefined) follow(socket, ears);
    webSocket.on('upgrade', (response) => follow(response.socket, ears));
    webSocket.on('open', () => ears.ready());
    webSocket.on('error', (error: NodeJS.ErrnoException) => {
      ears.failed(error);
      // After the other side's fault the library would wait for its goodbye.
      ears.received({ messages: [], pings: 0, fault: error.message, isPartial: false });
    });
    webSocket.on('close', () => ears.closed());
    return {
      get isWritable() {
        return webSocket.readyState === webSocket.OPEN;
      },
      get queuedBytes() {
        return webSocket.bufferedAmount;
      },
      write(text, written) {
        const bytes = Buffer.from(text, 'latin1');
        // §4.2: a message with anything that is not UTF-8 goes in a binary frame; browsers prefer text.
        webSocket.send(bytes, { binary: !isUtf8(bytes), compress: false }, written);
      },
      ping() {
        webSocket.ping();
        return true;
      },
      destroy() {
        if (webSocket.readyState === webSocket.OPEN) webSocket.close(GOING_AWAY);
        webSocket.terminate();
      },
    };
  };
}

/** Only the bytes below tell whether a message has come in part. The library has seen them first, and handed over what they completed. */
function follow(socket: Socket, ears: Ears): void {
  const progress = new FrameProgress();
  socket.on('data', (chunk: Buffer) => {
    progress.push(chunk);
    ears.received({ messages: [], pings: 0, fault: undefined, isPartial: progress.isPartial });
  });
}

function hear(data: Buffer, ears: Ears): void {
  const text = (data as Latin1Buffer).latin1Slice(0, data.length);
  const isKeepAlive =
    /^[\r\n]*$/.test(text.slice(0, LONGEST_KEEP_ALIVE)) && text.length <= LONGEST_KEEP_ALIVE;
  // §6: a page can't send ping frames, so some send the CRLFCRLF of RFC 5626 §4.4.1 as a message.
  if (isKeepAlive)
    ears.received({ messages: [], pings: text === '\r\n\r\n' ? 1 : 0, fault: undefined, isPartial: false });
  else ears.received({ messages: [text], pings: 0, fault: undefined, isPartial: false });
}

const LONGEST_KEEP_ALIVE = 4;
