/** Figures of one look at a proxy's metrics. */
export class Figures {
  readonly #lines: readonly string[];

  /** `page` is in Prometheus' text format. */
  constructor(page: string) {
    this.#lines = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  }

  /** The sum over all labels of a metric; `label` narrows it to samples that bear this text, such as `kind="server"`. */
  sum(name: string, label = ''): number {
    let total = 0;
    for (const line of this.#lines) {
      const end = line.lastIndexOf(' ');
      const [found = ''] = line.split(/[{ ]/, 1);
      if (found === name && line.includes(label)) total += Number(line.slice(end + 1));
    }
    return total;
  }
}

/** Asks the proxy whose admin server listens on 127.0.0.1:`admin`. */
export const readFigures = async (admin: number): Promise<Figures> => {
  const response = await fetch(`http://127.0.0.1:${admin}/metrics`);
  return new Figures(await response.text());
};
