/** Missing in the type declarations of Node; half the price of toString('latin1') and of write(). */
export type Latin1Buffer = Buffer & {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, offset: number, length: number): number;
};
