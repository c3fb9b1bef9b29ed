/** A string of a valid JSON text, and the colon that follows it where it names a member. */
const STRING_AND_COLON = /"(?:[^"\\]|\\.)*"(\s*:)?/gs;

/**
 * Reads JSON (RFC 8259) from bytes and refuses what two readers could understand differently: bytes that are not UTF-8,
 * and members named twice (RFC 7515, section 4). Throws a SyntaxError.
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = decodeUtf8(bytes);
  const value: unknown = JSON.parse(text);
  // In a valid text a string before a colon names a member: if more are named than were kept, some stood there twice.
  let named = 0;
  for (const match of text.matchAll(STRING_AND_COLON)) if (match[1] !== undefined) named++;
  if (named !== countMembers(value)) throw new SyntaxError('a member is named twice');
  return value;
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new SyntaxError('not UTF-8', { cause });
  }
}

/** Number of members of all objects in a value; without recursion, so that no depth exhausts the stack. */
function countMembers(value: unknown): number {
  let count = 0;
  const open = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next !== 'object' || next === null) continue;
    const children = Object.values(next);
    if (!Array.isArray(next)) count += children.length;
    for (const child of children) open.push(child);
  }
  return count;
}
