import type { Browser } from 'puppeteer-core';
import { type SelfSigned, selfSigned } from '../certificates.ts';
import { DOMAIN } from '../peers/pbx.ts';
import type { Stage } from '../peers/stage.ts';
import { startChromium } from './chromium.ts';
import { servePage } from './page-server.ts';
import { type BrowserPhone, startBrowserPhone } from './phone.ts';

/** What a page's phone is told besides what belongs to the browser. */
export interface WebPhoneOptions {
  readonly user: string;
  /** The port of its outbound proxy. */
  readonly port: number;
  /** The host that its page comes from. */
  readonly from?: string;
  readonly secret?: string;
}

/** The name of the proxy, under which it has a certificate. */
export const WEB_SERVER = `sip.${DOMAIN}`;

/** A browser with web phones, and the certificate that it trusts. */
export interface WebPhones {
  readonly certificate: SelfSigned;
  readonly browser: Browser;
  /** What a page of this host sends as its Origin. */
  originOf(host: string): string;
  start(stage: Stage, options: WebPhoneOptions): Promise<BrowserPhone>;
}

/** Where the pages come from unless a test says otherwise. */
export const WEB_SITE = `phones.${DOMAIN}`;

export async function startWebPhones(stage: Stage): Promise<WebPhones> {
  const certificate = await selfSigned(WEB_SERVER, WEB_SITE, `*.${DOMAIN}`, '127.0.0.1');
  const sitePort = await servePage(stage, certificate);
  const browser = await startChromium(stage, { trusts: [certificate.keyHash] });
  const originOf = (host: string) => `https://${host}:${sitePort}`;
  return {
    certificate,
    browser,
    originOf,
    start: (phoneStage, { port, from = WEB_SITE, ...options }) =>
      startBrowserPhone(phoneStage, browser, {
        page: originOf(from),
        server: `wss://${WEB_SERVER}:${port}`,
        ...options,
      }),
  };
}
