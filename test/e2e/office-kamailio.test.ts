import { type Kamailio, startKamailio } from '../support/kamailio.ts';
import { fileStage, testStage } from '../support/peers/stage.ts';
import { withPeers } from '../support/peers/with-peers.ts';
import { type Front, startFront } from './front.ts';
import { describeOffice, OFFICE_SPEC } from './office.ts';

const file = fileStage();
const test = testStage();
let pbx: Kamailio;
let front: Front;

withPeers(['kamailio', 'baresip'], async () => {
  pbx = await startKamailio(file, { maxContacts: 2, maximumExpires: 300 });
  front = await startFront(file, pbx, { probe: {}, spec: OFFICE_SPEC });
});

describeOffice('Kamailio', { limitAnswer: '503', maximumExpires: 300 }, test, () => ({ pbx, front }));
