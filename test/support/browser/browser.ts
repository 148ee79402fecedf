import { createHash, X509Certificate } from 'node:crypto';
import type { Browser } from 'puppeteer-core';
import { DOMAIN } from '../peers/pbx.ts';
import type { Stage } from '../peers/stage.ts';
import { Authority, dns, type Issued } from '../pki.ts';
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

/** Where the pages come from unless a test says otherwise. */
const SITE = `phones.${DOMAIN}`;

/** A browser with web phones, and the one certificate that it trusts, of whatever authority that is. */
export interface WebPhones {
  readonly certificate: Issued;
  readonly browser: Browser;
  /** The origin of its pages, unless they come from elsewhere. */
  readonly site: string;
  /** What a page of this host sends as its Origin. */
  originOf(host: string): string;
  start(stage: Stage, options: WebPhoneOptions): Promise<BrowserPhone>;
}

/** The SHA-256 of its SubjectPublicKeyInfo, in Base64. */
const keyHashOf = ({ certificate }: Issued): string => {
  const { publicKey } = new X509Certificate(certificate);
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
};

export async function startWebPhones(stage: Stage): Promise<WebPhones> {
  const certificate = await (await Authority.root()).issue({ names: [dns(WEB_SERVER), dns(SITE)] });
  const sitePort = await servePage(stage, certificate);
  const browser = await startChromium(stage, { trusts: [keyHashOf(certificate)] });
  const originOf = (host: string) => `https://${host}:${sitePort}`;
  return {
    certificate,
    browser,
    site: originOf(SITE),
    originOf,
    start: (phoneStage, { port, from = SITE, ...options }) =>
      startBrowserPhone(phoneStage, browser, {
        page: originOf(from),
        server: `wss://${WEB_SERVER}:${port}`,
        ...options,
      }),
  };
}
