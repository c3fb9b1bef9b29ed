import { texts } from '../texts/texts.ts';
import type { DiffRow, Side } from '../parts/field-diff.tsx';
import { isSame } from './entered.ts';
import type { RecordView, Stored } from './record-view.ts';

/** Changes that met a newer version of their record. */
export interface Clash<Fields, Row> {
  /** What stood there when the changes were begun. */
  readonly before: Row;
  readonly changes: Partial<Fields>;
  readonly theirs: Row;
}

/** The fields that either side changed, in the order of the record: what stood there, what is mine (`one`) and theirs (`two`). */
export function clashRows<Fields extends object, Row extends Fields & Stored>(
  view: Pick<RecordView<Fields, Row>, 'empty' | 'labels' | 'show'>,
  { before, changes, theirs }: Clash<Fields, Row>,
): readonly DiffRow[] {
  const isMine = (name: string): boolean => Object.hasOwn(changes, name);
  const names = (Object.keys(view.empty) as (keyof Fields & string)[]).filter((name) => isMine(name) || !isSame(before[name], theirs[name]));
  const show = (name: string, value: unknown): string => showValue(view.show?.(name, value), value);
  return names.map((name): DiffRow => {
    const mine = isMine(name) ? changes[name] : before[name];
    const changed: Side[] = [...(isMine(name) ? (['one'] as const) : []), ...(isSame(before[name], theirs[name]) ? [] : (['two'] as const))];
    const isDisputed = changed.length === 2 && !isSame(mine, theirs[name]);
    // Two values can have one name: priorities 1 and 2 are high.
    const isNamedAlike = isDisputed && show(name, mine) === show(name, theirs[name]);
    const [one = '', two = ''] = [mine, theirs[name]].map((value) => show(name, value) + (isNamedAlike ? ` (${JSON.stringify(value)})` : ''));
    return { name, label: String(view.labels[name] ?? name), was: show(name, before[name]), one, two, changed, isDisputed };
  });
}

/** Those of my changes that are to be saved over what stands there now: where both changed a field, only what was chosen as mine. */
export function keptChanges<Fields extends object>(
  rows: readonly DiffRow[],
  changes: Partial<Fields>,
  choices: Readonly<Record<string, Side | undefined>>,
): Partial<Fields> {
  const kept = rows.filter((row) => row.changed.includes('one') && (!row.isDisputed || choices[row.name] === 'one'));
  return Object.fromEntries(kept.map(({ name }) => [name, changes[name as keyof Fields]])) as Partial<Fields>;
}

function showValue(shown: string | undefined, value: unknown): string {
  if (shown !== undefined) return shown;
  if (value === null || value === undefined || value === '') return texts.common.none;
  if (typeof value === 'boolean') return value ? texts.common.yes : texts.common.no;
  if (Array.isArray(value))
    return value.map((item: { label?: string; value?: string }) => `${item.label ?? ''}: ${item.value ?? ''}`).join('\n') || texts.common.none;
  return String(value);
}
