import { type Alarm, alarm } from '../status/alarms.ts';
import type { AlarmNotice } from './alarm-notice.ts';

/** What a watch is made of. */
export interface AlarmWatchOptions {
  /** Judges how it is now. */
  readonly judge: () => Promise<readonly Alarm[]>;
  /** Tells somebody outside; absent: nobody is told. Throws where it was not taken: it is told again at the next look. */
  readonly tell?: ((notice: AlarmNotice) => Promise<void>) | undefined;
  /** For how long the store may be unreadable, in milliseconds. */
  readonly unreadableAfterMs: number;
  /** Told of what fails; gets no content. */
  readonly onFault?: (what: 'judging' | 'telling', error: unknown) => void;
}

/** Notices that are kept for a receiver that is away; older ones than these say nothing new. */
const MAX_UNTOLD = 500;

/**
 * The dead-man's switch: looks now and then, remembers which alarms hold, and tells of each once when it comes and once when it
 * goes. After a restart those that hold are told again: at least once, under an id that tells repetitions.
 */
export class AlarmWatch {
  readonly #options: AlarmWatchOptions;
  #alarms: ReadonlyMap<string, Alarm> = new Map();
  #untold: AlarmNotice[] = [];
  #unreadableSince: Date | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #stopped = false;

  constructor(options: AlarmWatchOptions) {
    this.#options = options;
  }

  /** Alarms of the last look. */
  get alarms(): readonly Alarm[] {
    return [...this.#alarms.values()];
  }

  /** Number of notices that nobody took yet. */
  get untold(): number {
    return this.#untold.length;
  }

  /** Looks every so many milliseconds, from now on. */
  start(everyMs: number): void {
    const next = (): void => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => void this.look().finally(next), everyMs);
      this.#timer.unref();
    };
    void this.look().finally(next);
  }

  /** Looks no more; waits for a look that is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Looks once and tells what has changed. Never throws. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const now = new Date();
    const found = new Map((await this.#judge(now)).map((one) => [one.id, one]));
    const before = this.#alarms;
    this.#alarms = found;
    for (const [id, one] of found) if (!before.has(id)) this.#note('raised', one, now);
    for (const [id, one] of before) if (!found.has(id)) this.#note('cleared', one, now);
    await this.#tell();
  }

  async #judge(now: Date): Promise<readonly Alarm[]> {
    try {
      const found = await this.#options.judge();
      this.#unreadableSince = undefined;
      return found;
    } catch (error) {
      this.#options.onFault?.('judging', error);
      const since = (this.#unreadableSince ??= now);
      const { unreadableAfterMs } = this.#options;
      // What was wrong before is not known to be right.
      const kept = this.alarms.filter(({ kind }) => kind !== 'unreadable');
      return now.getTime() - since.getTime() < unreadableAfterMs ? kept : [...kept, alarm('unreadable', null, null, null, since, unreadableAfterMs)];
    }
  }

  #note(event: AlarmNotice['event'], one: Alarm, at: Date): void {
    if (this.#options.tell === undefined) return;
    this.#untold.push({ event, at, alarm: one });
    if (this.#untold.length > MAX_UNTOLD) this.#untold.shift();
  }

  async #tell(): Promise<void> {
    const { tell, onFault } = this.#options;
    if (tell === undefined) return;
    while (this.#untold[0] !== undefined) {
      try {
        await tell(this.#untold[0]);
        this.#untold.shift();
      } catch (error) {
        onFault?.('telling', error);
        return;
      }
    }
  }
}
