/** Letters, digits and _ of any name: diacritics go, everything else separates words. */
function words(name: string): readonly string[] {
  return name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .split(/[^A-Za-z0-9]+/)
    .filter((word) => word !== '');
}

/** Names of fields for the columns of a table, in camel case as the wire has them; no two alike. */
export function fieldNames(columns: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    columns.map((column) => {
      const [first = 'field', ...rest] = words(column);
      const start = /^[A-Z0-9]+$/.test(first) ? first.toLowerCase() : first.slice(0, 1).toLowerCase() + first.slice(1);
      const joined = start + rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1)).join('');
      return [column, free(/^\d/.test(joined) ? `_${joined}` : joined, taken)] as const;
    }),
  );
}

/** Name of the collection for a table: lower case; the schema stands before it where the name alone is taken. */
export function collectionName(schema: string, table: string, taken: Set<string>): string {
  const plain = (name: string) => words(name).join('_').toLowerCase();
  const beginning = (name: string) => (/^[a-z]/.test(name) ? name : `t_${name}`).slice(0, 63);
  const short = beginning(plain(table));
  if (!taken.has(short)) return free(short, taken);
  return free(beginning(`${plain(schema)}_${plain(table)}`), taken);
}

/** A name that is not taken, at most 63 characters long; it is taken from now on. */
function free(name: string, taken: Set<string>): string {
  let found = name.slice(0, 63);
  for (let n = 2; taken.has(found); n++) found = `${name.slice(0, 63 - String(n).length - 1)}_${n}`;
  taken.add(found);
  return found;
}
