import type { ProposedCollection, ReadTable } from './propose-collection.ts';

interface Reference {
  readonly fields: readonly string[];
  readonly collection: string;
}

/** Most references that a definition has (exchange/collection.ts). */
const MAX_REFERENCES = 32;

/**
 * Adds what foreign keys say: a reference where the parent takes part and the key points at its key, a note where not.
 * References between different collections that go in a circle are opened at one place, best where the columns may be null.
 */
export function addReferences(collections: readonly ProposedCollection[], tables: readonly ReadTable[]): readonly ProposedCollection[] {
  const connected = collections.map((collection) => connect(collection, collections, tables));
  for (;;) {
    const open = pickOpening(connected, tables);
    if (open === undefined) return connected;
    connected[open.at] = withoutReference(connected[open.at] as ProposedCollection, open.reference, connected);
  }
}

function connect(child: ProposedCollection, all: readonly ProposedCollection[], tables: readonly ReadTable[]): ProposedCollection {
  const references: Reference[] = [];
  const notes: string[] = [];
  for (const { columns, parentSchema, parentTable, parentColumns } of tableOf(child, tables)?.survey.foreignKeys ?? []) {
    const parent = all.find(({ schema, table }) => schema === parentSchema && table === parentTable);
    const keyColumns = parent?.key.map((name) => parent.fields.find(({ field }) => field === name)?.column ?? '') ?? [];
    const fields = keyColumns.map((key) => child.fields.find(({ column }) => column === columns[parentColumns.indexOf(key)])?.field);
    const whole = fields.length === columns.length && fields.every((field) => field !== undefined);
    if (parent === undefined)
      notes.push(`(${columns.join(', ')}) refers to ${parentSchema}.${parentTable}, which does not take part: its values travel as they are`);
    else if (!whole) notes.push(`(${columns.join(', ')}) refers to other columns of ${parent.name} than its key: its values travel as they are`);
    else if (references.length < MAX_REFERENCES && !references.some((known) => known.fields.join() === fields.join()))
      references.push({ fields: fields.map(String), collection: parent.name });
  }
  return { ...child, references, notes: [...child.notes, ...notes] };
}

/** A reference that is part of a circle; undefined where there is none. */
function pickOpening(all: readonly ProposedCollection[], tables: readonly ReadTable[]): { readonly at: number; readonly reference: Reference } | undefined {
  const circular = all.flatMap((child, at) =>
    child.references.filter((r) => r.collection !== child.name && reaches(all, r.collection, child.name)).map((reference) => ({ at, reference, child })),
  );
  return circular.find(({ child, reference }) => isNullable(child, reference, tables)) ?? circular[0];
}

function reaches(all: readonly ProposedCollection[], from: string, to: string, seen = new Set<string>()): boolean {
  if (from === to) return true;
  if (seen.has(from)) return false;
  seen.add(from);
  const parents = all.find(({ name }) => name === from)?.references ?? [];
  return parents.some(({ collection }) => reaches(all, collection, to, seen));
}

function isNullable(child: ProposedCollection, { fields }: Reference, tables: readonly ReadTable[]): boolean {
  const columns = child.fields.filter(({ field }) => fields.includes(field)).map(({ column }) => column);
  return tableOf(child, tables)?.shape.columns.every(({ name, nullable }) => nullable || !columns.includes(name)) === true;
}

/** Keys that each side makes itself are translated by references alone: without one, the cloud's must not come in. */
function withoutReference(child: ProposedCollection, opened: Reference, all: readonly ProposedCollection[]): ProposedCollection {
  const linked = all.find(({ name }) => name === opened.collection)?.linked === true;
  const why = `the reference (${opened.fields.join(', ')}) to ${opened.collection} would close a circle and is left out`;
  return {
    ...child,
    references: child.references.filter((reference) => reference !== opened),
    fields: child.fields.map((field) =>
      linked && opened.fields.includes(field.field) && !child.key.includes(field.field)
        ? { ...field, authority: 'crm' as const, note: `a key of ${opened.collection} as the CRM has it` }
        : field,
    ),
    notes: [...child.notes, linked ? `${why}: the cloud sees the CRM's own keys there` : `${why}: a record that comes before its parent waits in quarantine`],
  };
}

function tableOf({ schema, table }: ProposedCollection, tables: readonly ReadTable[]): ReadTable | undefined {
  return tables.find(({ shape }) => shape.schema === schema && shape.table === table);
}
