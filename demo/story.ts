import type { DemoPbx } from './pbx.ts';
import type { Hop } from './phone.ts';
import type { BindingsJson } from './story/bindings-json.ts';
import { within } from './story/patience.ts';
import { type Scene, setScene } from './story/scene.ts';
import { type Finding, STEPS, type Step } from './story/steps.ts';

export { DEMO_USERS } from './story/scene.ts';
export type { BindingsJson, Finding };

/** How the demo PBX is set up for the story; its address and port are the caller's to choose. */
export const DEMO_DOMAIN = 'pbx.test';
export const DEMO_MAX_CONTACTS = 2;
export const DEMO_GRANTED_SECONDS = 120;

export interface StoryOptions {
  /** Started with `DEMO_USERS`, `DEMO_DOMAIN`, `DEMO_MAX_CONTACTS` and `DEMO_GRANTED_SECONDS`. */
  pbx: DemoPbx;
  /** Where the phones send to. */
  proxy: Hop;
  /** Reads the proxy's `GET /v1/bindings`. */
  bindings: () => Promise<BindingsJson>;
  /** The proxy's own table of bindings, shown after the steps that change what it holds. */
  table?: () => Promise<readonly string[]>;
  /** Takes the story line by line, without line ends. */
  say: (line: string) => void;
  /** ANSI colours, for a terminal. Default false. */
  colour?: boolean;
  /** The longest that one step may take. Default 5000. */
  stepTimeoutMilliseconds?: number;
}

export interface StoryResult {
  steps: (Finding & { title: string })[];
  /** Whether every step held. */
  ok: boolean;
}

/**
 * Tells and checks the story of the quick start with phones of its own, which are gone when it ends. Never rejects
 * for a step that does not hold or takes too long: that step is told as failed, and the next one follows.
 */
export async function runStory(options: StoryOptions): Promise<StoryResult> {
  const { pbx, proxy, bindings, table, say, colour = false, stepTimeoutMilliseconds = 5000 } = options;
  const scene = await setScene(pbx, proxy, bindings);
  const steps: StoryResult['steps'] = [];
  try {
    for (const step of STEPS) {
      const finding = await runStep(step, scene, stepTimeoutMilliseconds);
      say(`${mark(finding.ok, colour)} ${step.title}`);
      say(`    ${finding.detail}`);
      if (step.changesStore && table !== undefined) {
        for (const line of await shown(table, stepTimeoutMilliseconds)) say(`    ${line}`);
      }
      steps.push({ title: step.title, ...finding });
    }
    await leave(scene, stepTimeoutMilliseconds);
  } finally {
    await scene.close();
  }
  return { steps, ok: steps.every(({ ok }) => ok) };
}

async function runStep(step: Step, scene: Scene, milliseconds: number): Promise<Finding> {
  try {
    return await within(milliseconds, `not done after ${milliseconds / 1000} s`, step.run(scene));
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** The table is there to look at: where it cannot be had, the steps themselves tell why. */
const shown = (table: () => Promise<readonly string[]>, milliseconds: number): Promise<readonly string[]> =>
  within(milliseconds, 'no answer', table()).catch(() => []);

/** The phones of the story sign off, so that what is seen afterwards is the visitor's own. */
async function leave({ alicesMobile, bob }: Scene, milliseconds: number): Promise<void> {
  const leaving = Promise.all([alicesMobile.unregister(), bob.unregister()]);
  // Nobody needs to hear of it: the contacts run out by themselves.
  await within(milliseconds, 'no answer', leaving).catch(() => {});
}

function mark(ok: boolean, colour: boolean): string {
  const sign = ok ? '✓' : '✗';
  return colour ? `\u001b[${ok ? 32 : 31}m${sign}\u001b[0m` : sign;
}
