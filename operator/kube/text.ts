/** A body as text: all of it, or so many bytes from its beginning; the rest is then not waited for. */
export async function textOf(
  body: AsyncIterable<Uint8Array>,
  most = Number.POSITIVE_INFINITY,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= most) break;
  }
  const bytes = Buffer.concat(chunks);
  return bytes.subarray(0, Math.min(length, most)).toString('utf8');
}
