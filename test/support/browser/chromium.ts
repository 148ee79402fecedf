import puppeteer, { type Browser } from 'puppeteer-core';
import { findCommand } from '../peers/availability.ts';
import type { Stage } from '../peers/stage.ts';
import { spawnProcess } from '../process.ts';

const READY_MS = 30_000;

export interface ChromiumOptions {
  /** The SHA-256 of the public keys (SubjectPublicKeyInfo) that are trusted besides the web's own, in Base64. */
  readonly trusts: readonly string[];
}

/** What a browser does by itself and has no part in a test. */
const QUIET = [
  'no-first-run',
  'no-default-browser-check',
  'disable-background-networking',
  'disable-component-update',
  'disable-default-apps',
  'disable-extensions',
  'disable-sync',
  'disable-breakpad',
  'disable-gpu',
  'disable-dev-shm-usage',
  'password-store=basic',
  'mute-audio',
];

/** A camera and a microphone that are always there, and calls within this machine. */
const MEDIA = [
  'use-fake-device-for-media-stream',
  'use-fake-ui-for-media-stream',
  'allow-loopback-in-peer-connection',
  'autoplay-policy=no-user-gesture-required',
];

/** Names end at this machine; what is not a test's is not found. */
const NAMES = 'MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

const flagsOf = (profile: string, { trusts }: ChromiumOptions): readonly string[] =>
  [
    'headless=new',
    'no-sandbox', // root has none, and the pages are our own
    'remote-debugging-port=0',
    `user-data-dir=${profile}`,
    `host-resolver-rules=${NAMES}`,
    `ignore-certificate-errors-spki-list=${trusts.join(',')}`,
    'disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints,Translate',
    ...QUIET,
    ...MEDIA,
  ].map((flag) => `--${flag}`);

/** A Chromium without a face. It and all its processes end with the stage, or with this process at the latest. */
export async function startChromium(stage: Stage, options: ChromiumOptions): Promise<Browser> {
  const profile = stage.directory('chromium');
  const process = await spawnProcess({
    command: findCommand('chromium') ?? 'chromium',
    args: [...flagsOf(profile, options), 'about:blank'],
    // All that it writes goes with the stage.
    env: { HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile, TMPDIR: profile },
  });
  stage.onClose(() => process.stop());
  const line = await process.waitForLine('DevTools listening on ', READY_MS);
  const browser = await puppeteer.connect({
    browserWSEndpoint: line.replace(/^.* listening on /, ''),
    defaultViewport: null,
  });
  stage.onClose(() => browser.disconnect());
  return browser;
}
