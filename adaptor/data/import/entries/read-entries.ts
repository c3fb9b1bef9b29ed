import { TidegateError } from '../../../../exchange/errors.ts';
import { asciiCompatible } from './file-encoding.ts';
import { type LogicalLine, logicalLines } from './logical-lines.ts';
import { physicalLines } from './physical-lines.ts';

/** A component: its content lines, and the components inside it. */
export interface Component {
  /** In capitals: VCARD, VEVENT, VTIMEZONE... */
  readonly name: string;
  readonly lines: LogicalLine[];
  readonly children: Component[];
}

/** The calendar around an entry. */
export interface Calendar {
  /** Content lines of the calendar that stand before the entry. */
  readonly lines: readonly LogicalLine[];
}

/** One entry of an export: a component that stands by itself or directly in a calendar. */
export interface Entry {
  /** Counted from 1, without time zones. */
  readonly number: number;
  /** Line of its BEGIN in the file. */
  readonly line: number;
  readonly component: Component;
  readonly calendar: Calendar;
  /** The entry's bytes from BEGIN to END, exactly. */
  readonly raw: Buffer;
  /** Why it cannot be read: its END is missing, or it is larger than `maxEntryBytes`. */
  readonly fault: 'unfinished' | 'too-large' | null;
}

/** Bounds of memory. */
export interface EntryLimits {
  /** Greatest size of an entry with its folds, in bytes. Default 16 MiB: a contact with a photo has about 50 kB. */
  readonly maxEntryBytes?: number;
}

/** Components that never stand inside an entry: where one begins, the entry before it has lost its END. */
const NEVER_INSIDE = new Set(['VCALENDAR', 'VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VTIMEZONE', 'VCARD']);

const MAX_CALENDAR_LINES = 1000;

/** Name of the component that a BEGIN or END line names. */
function boundary(line: LogicalLine): { readonly begins: boolean; readonly name: string } | undefined {
  if (line.tooLong || line.bytes.length > 200) return undefined;
  const match = /^\s*(BEGIN|END)\s*:\s*(\S+)\s*$/i.exec(line.bytes.toString('latin1'));
  return match === null ? undefined : { begins: match[1]?.toUpperCase() === 'BEGIN', name: (match[2] ?? '').toUpperCase() };
}

/** Gathers the content lines of a file into entries, one at a time. */
class EntryReader {
  readonly #maxEntryBytes: number;
  /** Whether anything began: else the file is something else. */
  recognised = false;
  #count = 0;
  #calendar: { lines: LogicalLine[] } = { lines: [] };
  #open: { line: number; stack: Component[]; raw: Buffer[]; bytes: number; previous: string } | undefined;

  constructor(maxEntryBytes: number) {
    this.#maxEntryBytes = maxEntryBytes;
  }

  /** Takes the next content line; returns the entry that it ends, if it ends one. */
  take(line: LogicalLine): Entry | undefined {
    const found = boundary(line);
    if (this.#open === undefined) return void (found === undefined ? this.#outside(line) : this.#boundaryOutside(found, line));
    if (found?.begins === true && NEVER_INSIDE.has(found.name) && !this.#isAgent(found.name)) {
      const unfinished = this.#close('unfinished');
      this.#boundaryOutside(found, line);
      return unfinished;
    }
    if (found?.begins === false && found.name === 'VCALENDAR') return this.#close('unfinished');
    return this.#inside(line, found);
  }

  /** The entry that the end of the file cuts off. */
  end(): Entry | undefined {
    return this.#open === undefined ? undefined : this.#close('unfinished');
  }

  /** vCard 2.1 lets a card stand inside another as its agent. */
  #isAgent(name: string): boolean {
    return name === 'VCARD' && /^AGENT[;:]/i.test(this.#open?.previous ?? '');
  }

  #outside(line: LogicalLine): void {
    if (this.#calendar.lines.length < MAX_CALENDAR_LINES && !line.tooLong) this.#calendar.lines.push(line);
  }

  #boundaryOutside({ begins, name }: { begins: boolean; name: string }, line: LogicalLine): void {
    this.recognised ||= begins;
    if (name === 'VCALENDAR') this.#calendar = { lines: [] };
    else if (begins) {
      const component: Component = { name, lines: [], children: [] };
      this.#open = { line: line.number, stack: [component], raw: [...line.raw], bytes: line.bytes.length, previous: '' };
    }
  }

  #inside(line: LogicalLine, found: { begins: boolean; name: string } | undefined): Entry | undefined {
    const open = this.#open;
    if (open === undefined) return undefined;
    open.bytes += line.raw.reduce((sum, piece) => sum + piece.length, 0) + (line.tooLong ? this.#maxEntryBytes : 0);
    const tooLarge = open.bytes > this.#maxEntryBytes;
    if (tooLarge) open.raw = [];
    else open.raw.push(...line.raw);
    const top = open.stack.at(-1);
    if (found === undefined) {
      if (tooLarge) for (const component of open.stack) component.lines.length = 0;
      else top?.lines.push(line);
      open.previous = line.bytes.toString('latin1', 0, 10);
    } else if (found.begins) {
      const child: Component = { name: found.name, lines: [], children: [] };
      if (!tooLarge) top?.children.push(child);
      open.stack.push(child);
    } else {
      // An END closes the innermost component of its name; one that names none is a line like any other.
      const at = open.stack.findLastIndex((component) => component.name === found.name);
      if (at === 0) return this.#close(null);
      if (at > 0) open.stack.length = at;
    }
    return undefined;
  }

  #close(fault: 'unfinished' | null): Entry | undefined {
    const { line, stack, raw, bytes } = this.#open ?? {};
    this.#open = undefined;
    const component = stack?.[0];
    if (component === undefined || line === undefined) return undefined;
    const number = component.name === 'VTIMEZONE' ? this.#count : ++this.#count;
    return {
      number,
      line,
      component,
      calendar: { lines: [...this.#calendar.lines] },
      raw: Buffer.concat(raw ?? []),
      fault: (bytes ?? 0) > this.#maxEntryBytes ? 'too-large' : fault,
    };
  }
}

/**
 * Reads the entries of a vCard or iCalendar file one after another, in bounded memory. Lines that belong to no component are
 * skipped; an entry that lost its END costs itself and not its neighbours. Time zones (VTIMEZONE) come as entries too.
 * Throws `encoding-unknown` where the file as a whole cannot be read, and `import-failed` where it holds nothing of the kind.
 */
export async function* readEntries(chunks: AsyncIterable<Uint8Array>, { maxEntryBytes = 16 * 1024 * 1024 }: EntryLimits = {}): AsyncGenerator<Entry> {
  const reader = new EntryReader(maxEntryBytes);
  for await (const line of logicalLines(physicalLines(asciiCompatible(chunks), maxEntryBytes), maxEntryBytes)) {
    const entry = reader.take(line);
    if (entry !== undefined) yield entry;
  }
  const last = reader.end();
  if (last !== undefined) yield last;
  if (!reader.recognised) throw new TidegateError('import-failed', 'It holds no vCard and no calendar.');
}
