/** What the last stage of a Dockerfile makes: its layers and how a container of it runs. */
export interface FinalStage {
  /** What each COPY takes from the build stage and where it puts it: one layer each, lowest first. */
  readonly copies: readonly { readonly from: string; readonly to: string }[];
  readonly env: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** As in a Dockerfile, such as `5060/udp`. */
  readonly ports: readonly string[];
  readonly user: string;
  readonly workingDirectory: string;
  readonly entrypoint: readonly string[];
}

interface Instruction {
  readonly word: string;
  readonly rest: string;
}

const instructionsOf = (text: string): Instruction[] =>
  text
    .split('\n')
    .filter((line) => /^[A-Z]+\s/.test(line))
    .map((line) => {
      const [, word = '', rest = ''] = /^(\w+)\s+(.*?)\s*$/.exec(line) ?? [];
      return { word, rest };
    });

const strip = (value: string): string => value.replace(/^"(.*)"$/, '$1');

const pairOf = (rest: string): [string, string] => {
  const equals = rest.indexOf('=');
  if (equals < 1) throw new Error(`expected NAME=VALUE: ${rest}`);
  return [rest.slice(0, equals), strip(rest.slice(equals + 1))];
};

const copyOf = (rest: string): { from: string; to: string } => {
  const [, from, to] = /^--from=build (\S+) (\S+)$/.exec(rest) ?? [];
  if (from === undefined || to === undefined)
    throw new Error(`the last stage takes everything from the stage \`build\`: COPY ${rest}`);
  return { from, to };
};

/**
 * Reads the last stage of a Dockerfile that is written as ours: one instruction a line, one name a line for ENV and
 * LABEL, FROM scratch. Throws on an instruction that it does not know, so that none is silently left out of the image.
 */
export function finalStage(text: string): FinalStage {
  const all = instructionsOf(text);
  const start = all.findLastIndex(({ word }) => word === 'FROM');
  if (all[start]?.rest !== 'scratch') throw new Error('the last stage is not FROM scratch');
  const stage = all.slice(start + 1);
  const allOf = (name: string): string[] => stage.filter(({ word }) => word === name).map(({ rest }) => rest);
  const known = ['COPY', 'ENV', 'LABEL', 'EXPOSE', 'USER', 'WORKDIR', 'ENTRYPOINT'];
  const strange = stage.find(({ word }) => !known.includes(word));
  if (strange !== undefined) throw new Error(`unknown in the last stage: ${strange.word} ${strange.rest}`);
  return {
    copies: allOf('COPY').map(copyOf),
    env: Object.fromEntries(allOf('ENV').map(pairOf)),
    labels: Object.fromEntries(allOf('LABEL').map(pairOf)),
    ports: allOf('EXPOSE').flatMap((rest) => rest.split(/\s+/)),
    user: allOf('USER').at(-1) ?? '',
    workingDirectory: allOf('WORKDIR').at(-1) ?? '/',
    entrypoint: JSON.parse(allOf('ENTRYPOINT').at(-1) ?? '[]') as string[],
  };
}
