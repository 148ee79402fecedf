/** Requests that never open a dialog get no Record-Route (§16.6 step 4; RFC 3428 §3 for MESSAGE; §10.2 for REGISTER). */
const DIALOGLESS = new Set([
  'REGISTER',
  'MESSAGE',
  'OPTIONS',
  'PUBLISH',
  'ACK',
  'CANCEL',
  'BYE',
  'PRACK',
  'INFO',
  'UPDATE',
]);
/** Whether it may open a dialog; a method that nobody here knows may. */
export const opensDialog = (method: string): boolean => !DIALOGLESS.has(method);

/** Whether its Contact says where a dialog goes on (§12.1, §12.2; RFC 3311 §5.1 for UPDATE). */
export const namesTarget = (method: string): boolean => opensDialog(method) || method === 'UPDATE';
