import type { PrismaClient } from '../../prisma/generated/control/client.ts';

/** What has changed since the last look: records or their states, or only the state of synchronisation. */
export type ChangedTopic = 'records' | 'status';

/** Told of a change. */
export type ChangeListener = (topics: readonly ChangedTopic[]) => void;

/** How often is looked, in milliseconds, while somebody listens. */
const LOOK_EVERY_MS = 500;

/**
 * Watches the control plane for whoever listens: one small query for all of them, and none while nobody does.
 * Looking finds everything alike, where notifications would tell of changes in captured tables only.
 */
export class ChangeWatch {
  readonly #control: PrismaClient;
  readonly #links: readonly string[];
  readonly #listeners = new Set<ChangeListener>();
  #timer: NodeJS.Timeout | undefined;
  #last: Readonly<Record<ChangedTopic, string>> | undefined;

  constructor(control: PrismaClient, links: readonly string[]) {
    this.#control = control;
    this.#links = links;
  }

  /** Number of listeners. */
  get size(): number {
    return this.#listeners.size;
  }

  /**
   * Calls back on every change from now on, until the returned function is called. The first look is made before this
   * returns: what changes afterwards is told.
   */
  async listen(listener: ChangeListener): Promise<() => void> {
    this.#listeners.add(listener);
    const stop = (): void => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#last = undefined;
    };
    try {
      this.#last ??= await readFingerprints(this.#control, this.#links);
    } catch (error) {
      stop();
      throw error;
    }
    if (this.#timer === undefined) this.#schedule();
    return stop;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => void this.#look(), LOOK_EVERY_MS);
  }

  async #look(): Promise<void> {
    try {
      const seen = await readFingerprints(this.#control, this.#links);
      const last = this.#last;
      this.#last = seen;
      const topics = (['records', 'status'] as const).filter((topic) => last !== undefined && last[topic] !== seen[topic]);
      if (topics.length > 0) for (const listener of this.#listeners) listener(topics);
    } catch {
      // The database is away: the next look finds what has changed meanwhile.
    }
    this.#timer = undefined;
    if (this.#listeners.size > 0) this.#schedule();
  }
}

async function readFingerprints(control: PrismaClient, links: readonly string[]): Promise<Record<ChangedTopic, string>> {
  const names = [...links];
  const [row] = await control.$queryRaw<{ records: string; status: string }[]>`
    select concat_ws('|', log.last, channels.cursors, requests.open, aside.waiting, clashes.last) as records,
           concat_ws('|', channels.proofs, links.states, requests.open, runs.latest) as status
      from (select max(id) as last from tidegate.change_log) as log,
           (select md5(string_agg(concat_ws(' ', link, collection, direction, ordinal, cursor), ',' order by link, collection, direction)) as cursors,
                   md5(string_agg(concat_ws(' ', link, collection, direction, ordinal, state, proven_at), ',' order by link, collection, direction)) as proofs
              from tidegate.channel where link = any (${names}::text[])) as channels,
           (select string_agg(concat_ws(' ', name, state, state_at), ',' order by name) as states from tidegate.link where name = any (${names}::text[])) as links,
           (select concat_ws(' ', count(*), max(created_at), max(claimed_at)) as open from tidegate.sync_request
             where link = any (${names}::text[]) and state in ('open', 'claimed')) as requests,
           (select concat_ws(' ', count(*), max(id)) as waiting from tidegate.quarantine where link = any (${names}::text[]) and state = 'waiting') as aside,
           (select max(id) as last from tidegate.conflict) as clashes,
           (select md5(string_agg(concat_ws(' ', run.id, run.state, run.offered, run.windows), ',' order by run.id)) as latest
              from unnest(${names}::text[]) as wanted (link)
             cross join lateral (select * from tidegate.run where run.link = wanted.link order by started_at desc limit 20) as run) as runs`;
  return row ?? { records: '', status: '' };
}
