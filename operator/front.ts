import type { MidRegistrarSpec } from '../crds/midregistrar.ts';
import type { FrontName } from './names.ts';

/** A MidRegistrar as it stands in the cluster, checked and with its defaults. */
export interface Front extends FrontName {
  readonly uid: string;
  /** Of the spec. */
  readonly generation: number;
  readonly spec: MidRegistrarSpec;
}
