/** Why the demo ends before its time: it was told to, or something that it needs failed. */
export class Stop extends Error {
  readonly isTold: boolean;

  constructor(sentence: string, isTold = false) {
    super(sentence);
    this.isTold = isTold;
  }
}
