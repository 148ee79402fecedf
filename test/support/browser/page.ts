import JsSIP from 'jssip';

/** What the phone in the page is to be. */
export interface PagePhoneOptions {
  /** The URL of its outbound proxy. */
  readonly server: string;
  /** Its AoR, with the scheme. */
  readonly uri: string;
  readonly password: string;
  /** A UUID that stays the same when the page is loaded again, as a web phone would keep it. */
  readonly instance: string;
  /** What it asks for when it registers, in seconds. */
  readonly expires: number;
}

/** What the page tells of: a name of JsSIP's own, with what belongs to it. */
export interface PageEvent {
  readonly type: string;
  /** A status code of SIP or of a WebSocket's close; 0 where there is none. */
  readonly status: number;
  readonly text: string;
  /** The user at the other end. */
  readonly from: string;
}

/** What the test may ask of the page, as `window.phone`. */
export interface PagePhone {
  start(options: PagePhoneOptions): void;
  /** Takes its leave: it de-registers, if it has registered, and closes its connection. Resolves when it has. */
  leave(): Promise<void>;
  /** Sends a text and returns the status code of the final answer; 0 if there is none. */
  message(uri: string, text: string): Promise<number>;
  call(uri: string): void;
  answer(): void;
  hangUp(): void;
  /** Resolves once it has received that many packets of audio in this call; rejects with how its media is where they do not come in time. */
  heard(packets: number): Promise<void>;
}

/** What this page uses of a browser, whose types are not those of the project. */
interface Connection {
  readonly iceConnectionState: string;
  readonly connectionState: string;
  getStats(): Promise<ReadonlyMap<string, Readonly<Record<string, unknown>>>>;
}
declare const window: { phone: PagePhone; tell(event: PageEvent): void };

type Agent = InstanceType<typeof JsSIP.UA>;
type Session = ReturnType<Agent['call']>;

/** A MESSAGE that comes or goes. */
interface Message {
  readonly originator: string;
  readonly request: { readonly from: { readonly uri: { readonly user: string } }; readonly body: string };
}

const LOOK_AGAIN_MS = 50;
const HEARD_MS = 30_000;
/** How long the proxy, which may be gone, has to say that it has. */
const LEAVE_MS = 3000;
const CALL = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };

const tell = (type: string, more: Partial<PageEvent> = {}): void =>
  window.tell({ type, status: 0, text: '', from: '', ...more });

let ua: Agent | undefined;
let session: Session;

const isElsewhere = (line: string): boolean =>
  line.startsWith('a=candidate:') && !line.split(' ')[4]?.startsWith('127.');

/** Media stays within the machine: no other address of it is offered, or taken. */
const onLoopback = (sdp: string): string =>
  sdp
    .split('\r\n')
    .filter((line) => !isElsewhere(line))
    .join('\r\n');

const follow = (next: Session): void => {
  session = next;
  session.on('sdp', (event) => {
    event.sdp = onLoopback(event.sdp);
  });
  for (const type of ['progress', 'accepted', 'confirmed'] as const) session.on(type, () => tell(type));
  for (const type of ['ended', 'failed'] as const)
    session.on(type, ({ cause, message }) => {
      const status = message !== null && 'status_code' in message ? message.status_code : 0;
      tell(type, { text: cause, status });
    });
  const from = session.remote_identity.uri.user ?? '';
  tell(session.direction, { from });
};

window.phone = {
  start: ({ server, uri, password, instance, expires }) => {
    const agent = new JsSIP.UA({
      sockets: [new JsSIP.WebSocketInterface(server)],
      uri,
      password,
      instance_id: instance,
      register_expires: expires,
      // A person would wait longer.
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 1,
    });
    agent.on('connected', () => tell('connected'));
    agent.on('disconnected', ({ code = 0, reason = '' }) =>
      tell('disconnected', { status: code, text: reason }),
    );
    agent.on('registered', ({ response }) => tell('registered', { status: response.status_code }));
    agent.on('unregistered', () => tell('unregistered'));
    agent.on('registrationFailed', ({ response, cause }) =>
      tell('registrationFailed', { status: response?.status_code ?? 0, text: cause ?? '' }),
    );
    agent.on('newMessage', ({ originator, request }: Message) => {
      if (originator === 'remote')
        tell('message', { from: request.from.uri.user ?? '', text: request.body ?? '' });
    });
    agent.on('newRTCSession', (event: { session: Session }) => follow(event.session));
    agent.start();
    ua = agent;
  },
  leave: () =>
    new Promise((resolve) => {
      if (!ua?.isRegistered()) return resolve();
      ua.on('unregistered', () => resolve());
      setTimeout(resolve, LEAVE_MS);
      ua.stop();
    }),
  message: (uri, text) =>
    new Promise((resolve) => {
      const told = ({ response }: { response?: { status_code: number } | null }) =>
        resolve(response?.status_code ?? 0);
      ua?.sendMessage(uri, text, { eventHandlers: { succeeded: told, failed: told } });
    }),
  call: (uri) => void ua?.call(uri, CALL),
  answer: () => session.answer(CALL),
  hangUp: () => session.terminate(),
  heard: async (packets) => {
    const connection = session.connection as unknown as Connection;
    const count = async (type: string, figure: string): Promise<number> => {
      const stats = [...(await connection.getStats()).values()];
      return Number(stats.find((each) => each.type === type)?.[figure] ?? 0);
    };
    const received = () => count('inbound-rtp', 'packetsReceived');
    for (const until = Date.now() + HEARD_MS; (await received()) < packets; ) {
      if (Date.now() > until)
        throw new Error(
          `heard ${await received()} packets and sent ${await count('outbound-rtp', 'packetsSent')}, ICE ${connection.iceConnectionState}, all ${connection.connectionState}`,
        );
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  },
};
