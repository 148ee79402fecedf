import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'puppeteer-core';
import { aorOf, secretOf } from '../peers/pbx.ts';
import type { Stage } from '../peers/stage.ts';
import { Waiting } from '../waiting.ts';
import type { PageEvent, PagePhone, PagePhoneOptions } from './page.ts';

const EVENT_MS = 15_000;

export interface BrowserPhoneOptions {
  readonly user: string;
  /** The page that it is loaded from. */
  readonly page: string;
  /** The WebSocket URL of its outbound proxy. */
  readonly server: string;
  readonly secret?: string;
  /** What it asks for when it registers, in seconds. */
  readonly expires?: number;
}

declare const phone: PagePhone;

/** JsSIP in a page of a real browser. */
export class BrowserPhone {
  readonly user: string;
  readonly #page: Page;
  readonly #options: PagePhoneOptions;
  readonly #events = new Waiting<PageEvent>();

  constructor(user: string, page: Page, options: PagePhoneOptions) {
    this.user = user;
    this.#page = page;
    this.#options = options;
  }

  /** Loads the page, which is all that stays of it. */
  async open(url: string): Promise<void> {
    await this.#page.exposeFunction('tell', (event: PageEvent) => this.#events.push(event));
    // What the browser itself has to say, such as why there is no WebSocket.
    this.#page.on('console', (message) =>
      this.#events.push({ type: 'console', status: 0, text: message.text(), from: '' }),
    );
    await this.#page.goto(url);
  }

  /** Starts the phone in the page: it connects and registers. */
  async start(): Promise<void> {
    await this.#page.evaluate((options) => phone.start(options), this.#options);
  }

  /** The next event of one of `types`; each is returned once. */
  event(...types: string[]): Promise<PageEvent> {
    return this.#events.next(
      ({ type }) => types.includes(type),
      EVENT_MS,
      (others) => `${this.user}: no ${types.join(' or ')} in ${EVENT_MS} ms, but ${JSON.stringify(others)}`,
    );
  }

  /** Resolves when it has registered; rejects when it was refused. */
  async registered(): Promise<void> {
    const event = await this.event('registered', 'registrationFailed');
    if (event.type !== 'registered')
      throw new Error(`the registration of ${this.user} was refused: ${event.status} ${event.text}`);
  }

  /** Sends a text to another user and returns the status code of the answer. */
  message(user: string, text: string): Promise<number> {
    return this.#page.evaluate((uri, words) => phone.message(uri, words), `sip:${aorOf(user)}`, text);
  }

  /** The next MESSAGE that it shows. */
  async received(): Promise<{ from: string; text: string }> {
    const { from, text } = await this.event('message');
    return { from, text };
  }

  /** Calls another user. */
  dial(user: string): Promise<void> {
    return this.#page.evaluate((uri) => phone.call(uri), `sip:${aorOf(user)}`);
  }

  answer(): Promise<void> {
    return this.#page.evaluate(() => phone.answer());
  }

  hangUp(): Promise<void> {
    return this.#page.evaluate(() => phone.hangUp());
  }

  /** Resolves once it has received that many packets of the other's voice. */
  async heard(packets: number): Promise<void> {
    try {
      await this.#page.evaluate((count) => phone.heard(count), packets);
    } catch (error) {
      throw new Error(`${this.user}: ${(error as Error).message}`);
    }
  }

  /** As a person who presses F5: the page and its connection are gone, and it is there again, without a phone as yet. */
  async reload(): Promise<void> {
    await this.#page.reload();
    this.#events.clear();
  }

  /** Takes its leave as a person who logs out: it de-registers. */
  leave(): Promise<void> {
    return this.#page.evaluate(() => phone.leave());
  }
}

/** Opens a page of its own and starts the phone in it. */
export async function startBrowserPhone(
  stage: Stage,
  browser: Browser,
  { user, page: url, server, secret = secretOf(user), expires = 300 }: BrowserPhoneOptions,
): Promise<BrowserPhone> {
  const context = await browser.createBrowserContext();
  stage.onClose(() => context.close());
  const options = { server, uri: `sip:${aorOf(user)}`, password: secret, instance: randomUUID(), expires };
  const phone = new BrowserPhone(user, await context.newPage(), options);
  await phone.open(url);
  // Else the PBX would hold what it has of it until that expires.
  stage.onClose(() => phone.leave());
  await phone.start();
  return phone;
}
