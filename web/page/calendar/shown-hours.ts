/** Hours that a calendar shows of a day though nothing happens in them. */
const USUAL = { from: 7, to: 20 } as const;

/** When something begins and ends: wall times on the viewer's clock, or days. */
export interface Timed {
  readonly allDay: boolean;
  readonly start: string;
  readonly end: string | null;
}

/** From which hour to which a calendar shows days: the usual ones, and more where something happens earlier or later. */
export function shownHours(entries: readonly Timed[]): { readonly slotMinTime: string; readonly slotMaxTime: string } {
  const hours = entries.filter(({ allDay, start }) => !allDay && start.includes('T')).flatMap(hoursOf);
  const [from, to] = [Math.min(USUAL.from, ...hours), Math.max(USUAL.to, ...hours)];
  return { slotMinTime: `${String(from).padStart(2, '0')}:00:00`, slotMaxTime: `${to}:00:00` };
}

/** The hours between which an entry lies; the whole day where it goes on past midnight. */
function hoursOf({ start, end }: Timed): readonly [number, number] {
  const begins = Number(start.slice(11, 13));
  if (end === null || !end.includes('T')) return [begins, begins + 1];
  if (end.slice(0, 10) !== start.slice(0, 10)) return [0, 24];
  return [begins, Math.max(begins + 1, Number(end.slice(11, 13)) + (Number(end.slice(14, 16)) > 0 ? 1 : 0))];
}
