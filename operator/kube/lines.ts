/** No line of a watch is longer: objects have at most 3 MiB. */
const MAX_LINE = 16 << 20;

/** The lines of a stream of bytes, however these are cut; what follows the last line's end is dropped, for it is half a line. */
export async function* splitLines(stream: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    rest += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      if (end > start) yield rest.slice(start, end);
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > MAX_LINE) throw new Error(`a line of more than ${MAX_LINE} characters`);
  }
}
