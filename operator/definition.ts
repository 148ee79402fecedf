import { SCHEMA } from '../crds/midregistrar.ts';
import { schemaHash } from '../crds/schema-hash.ts';
import { ApiError, type Kube } from './kube/call.ts';
import { GROUP, PLURAL } from './names.ts';

export interface DefinitionState {
  /** Whether the cluster's definition of MidRegistrar is another than ours, as far as it can be seen. */
  readonly differs: boolean;
  /** What to do about it; empty where nothing is. */
  readonly sentence: string;
}

const NAME = `${PLURAL}.${GROUP}`;

/** Compares the cluster's CustomResourceDefinition with the one that this operator was made with. Never rejects. */
export async function definitionState(kube: Kube): Promise<DefinitionState> {
  try {
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAME}`;
    const schema = schemaOf(await kube.send({ method: 'GET', path }));
    if (schema !== undefined && schemaHash(schema) === schemaHash(SCHEMA))
      return { differs: false, sentence: '' };
    return {
      differs: true,
      sentence: `the CustomResourceDefinition ${NAME} is of another version than this operator; upgrade both (helm upgrade with crds.enabled=true)`,
    };
  } catch (error) {
    // An operator of a few namespaces may not look; what it serves tells it enough.
    if (error instanceof ApiError && error.status === 403) return { differs: false, sentence: '' };
    if (error instanceof ApiError && error.status === 404)
      return {
        differs: true,
        sentence: `there is no CustomResourceDefinition ${NAME}; install it with the chart (crds.enabled=true)`,
      };
    return {
      differs: false,
      sentence: `the CustomResourceDefinition can't be read: ${error instanceof Error ? error.message : error}`,
    };
  }
}

function schemaOf(definition: unknown): object | undefined {
  const { spec } = definition as {
    readonly spec?: {
      readonly versions?: readonly {
        readonly name: string;
        readonly schema?: { readonly openAPIV3Schema?: object };
      }[];
    };
  };
  return spec?.versions?.find(({ name }) => name === 'v1')?.schema?.openAPIV3Schema;
}
