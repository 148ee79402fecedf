import { type Asterisk, startAsterisk } from '../support/asterisk.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, startFront } from './front.ts';
import { describeOffice, OFFICE_SPEC } from './office.ts';

const file = fileStage();
const test = testStage();
let pbx: Asterisk;
let front: Front;

withPeers(['asterisk', 'baresip'], async () => {
  pbx = await startAsterisk(file, { maxContacts: 2, maximumExpires: 300 });
  front = await startFront(file, pbx, { probe: {}, spec: OFFICE_SPEC });
});

describeOffice('Asterisk', { limitAnswer: '403', maximumExpires: 300 }, test, () => ({ pbx, front }));
