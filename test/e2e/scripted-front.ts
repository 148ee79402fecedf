import type { Stage } from '../support/peers/stage.ts';
import { type Front, type FrontOptions, startFront } from './front.ts';
import { ScriptedPbx } from './script/pbx.ts';
import { udpWire } from './script/wire.ts';

/** A scripted PBX on UDP and the proxy in front of it, which the PBX sends to. */
export async function startScriptedFront(
  stage: Stage,
  options: FrontOptions = {},
): Promise<{ pbx: ScriptedPbx; front: Front }> {
  const pbx = new ScriptedPbx(await udpWire(stage));
  const front = await startFront(stage, pbx.wire, options);
  pbx.peer = front;
  return { pbx, front };
}
