/** What of a structural schema (apiextensions.k8s.io/v1) the resource's schema uses. */
export interface Schema {
  readonly type?: 'object' | 'array' | 'string' | 'integer';
  /** In words what a value may be, where the bounds do not say it. */
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: { readonly [name: string]: Schema };
  /** Of a map whose keys are the user's. */
  readonly additionalProperties?: Schema;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly 'x-kubernetes-list-type'?: 'set' | 'map' | 'atomic';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[];
}
