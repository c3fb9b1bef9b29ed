/** All text of a workflow's history: payloads, which are bytes, are read as text, so that a search in it can find them. */
export function historyText(value: unknown): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([name, member]) => `${name} ${historyText(member)}`)
      .join('\n');
  return String(value);
}
