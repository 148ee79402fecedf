import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { decode, encode, type Packet } from 'dns-packet';
import type { Stage } from './peers/stage.ts';

/** A question as it came, with ways to answer it. */
export interface Asked {
  readonly packet: Packet;
  readonly name: string;
  readonly type: string;
  readonly from: RemoteInfo;
  /** Sends an answer with these fields put over a right one. */
  reply(fields: Partial<Packet> & { readonly rcode?: number }): void;
  /** Sends whatever bytes. */
  replyBytes(bytes: Buffer): void;
}

/** A DNS server that does what the test says, to show a client what no real one would. */
export class ScriptedNameServer {
  readonly address = '127.0.0.1';
  readonly asked: Asked[] = [];
  port = 0;
  /** What is done with each question; nothing where it is not set. */
  answer: (asked: Asked) => void = () => {};

  #socket = createSocket('udp4');

  async open(stage: Stage): Promise<this> {
    const socket = this.#socket;
    socket.bind(0, this.address);
    await once(socket, 'listening');
    stage.onClose(() => void socket.close());
    this.port = socket.address().port;
    socket.on('message', (bytes, from) => {
      const packet = decode(bytes);
      const [question] = packet.questions ?? [];
      const replyBytes = (answer: Buffer): void => socket.send(answer, from.port, from.address);
      const asked: Asked = {
        packet,
        name: question?.name ?? '',
        type: question?.type ?? '',
        from,
        reply: (fields) => replyBytes(answerTo(packet, fields)),
        replyBytes,
      };
      this.asked.push(asked);
      this.answer(asked);
    });
    return this;
  }

  /** Sends an answer of its own accord, to whatever port. */
  send(port: number, fields: Partial<Packet>): void {
    this.#socket.send(answerTo({}, fields), port, this.address);
  }

  /** A port on which nothing is answered by TCP either: connections are taken and held. */
  async holdTcp(stage: Stage): Promise<void> {
    const server = createServer((socket) => stage.onClose(() => void socket.destroy()));
    server.listen(this.port, this.address);
    await once(server, 'listening');
    stage.onClose(() => void server.close());
  }
}

/** The bytes of an answer: recursion available, no error, unless `fields` say otherwise. */
function answerTo(
  packet: Packet,
  { rcode = 0, ...fields }: Partial<Packet> & { readonly rcode?: number },
): Buffer {
  const { id = 0, questions = [] } = packet;
  const flags = 0x0180 | (fields.flags ?? 0) | rcode;
  return encode({ type: 'response', id, questions, ...fields, flags });
}
