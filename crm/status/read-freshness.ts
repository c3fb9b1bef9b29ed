import { controlRows } from '../../adaptor/data/control-rows.ts';
import type { CollectionStanding } from '../../adaptor/data/control/collection-standing.ts';
import { readSwitchedOff } from '../../adaptor/data/control/sync-options.ts';
import { readPeriods } from '../../adaptor/data/control/sync-periods.ts';
import { directionSchema } from '../../exchange/names.ts';
import type { NamedLink } from '../api/context.ts';
import type { CrmDatabase } from '../database.ts';
import type { DirectionFreshness, LinkFreshness } from './alarms.ts';
import { readCollectionStatus } from './collection-status.ts';
import { type ReverseProof, readReverseProofs } from './link-health.ts';
import { namedCollections } from './named-collection.ts';

/** What was read, by the clock of the database. */
export interface Freshness {
  readonly now: Date;
  readonly links: readonly LinkFreshness[];
  readonly standings: readonly CollectionStanding[];
}

interface LinkRow {
  readonly link: string;
  readonly now: Date;
  readonly state: string;
  readonly stateAt: Date | null;
  readonly openedAt: Date | null;
  readonly direction: 'forward' | 'reverse';
  readonly lastStartedAt: Date | null;
  readonly running: boolean;
}

const LINKS = `
  select asked.link, clock_timestamp() as now, coalesce(link.state, 'unopened') as state, link.state_at as "stateAt", link.opened_at as "openedAt",
         way.direction, runs.last as "lastStartedAt", coalesce(runs.running, false) as running
    from unnest($1::text[]) as asked (link)
   cross join (values ('forward'), ('reverse')) as way (direction)
    left join tidegate.link on link.name = asked.link
   cross join lateral (
         select max(latest.started_at) as last, bool_or(latest.state = 'running') as running
           from (select run.started_at, run.state from tidegate.run
                  where run.link = asked.link and run.direction = way.direction order by run.started_at desc limit 20) as latest) as runs`;

/** Reads how fresh the data of every link is: its runs, and up to when each collection is proved complete either way. */
export async function readFreshness({ control, pool }: CrmDatabase, links: readonly NamedLink[]): Promise<Freshness> {
  const collections = namedCollections(links);
  const [rows, standings, proofs, settings] = await Promise.all([
    controlRows<LinkRow>(pool, LINKS, [links.map(({ name }) => name)]),
    readCollectionStatus(control, collections),
    readReverseProofs(pool, collections),
    Promise.all(links.map((link) => readSettings(pool, link))),
  ]);
  const found = links.map(({ name, collections: configured }, i): LinkFreshness => {
    const mayComeBack = new Set(configured.filter(comesBack).map((collection) => collection.name));
    const own = rows.filter(({ link }) => link === name);
    const { state = 'unopened', stateAt = null, openedAt = null } = own[0] ?? {};
    const { periods, switchedOff } = settings[i] as Awaited<ReturnType<typeof readSettings>>;
    const directions = own.map(({ direction, lastStartedAt, running }): DirectionFreshness => {
      const flowing = standings.filter(
        ({ link, collection }) => link === name && !switchedOff[direction].has(collection) && (direction === 'forward' || mayComeBack.has(collection)),
      );
      return {
        direction,
        periodMs: periods[direction],
        lastStartedAt,
        running,
        collections: flowing.map((standing) => ({
          collection: standing.collection,
          provenAt: direction === 'forward' ? standing.provenAt : reverseProof(proofs, standing),
          loading: !standing.loaded,
        })),
      };
    });
    return { link: name, state, stateAt, openedAt, directions };
  });
  return { now: rows[0]?.now ?? new Date(), links: found, standings };
}

const reverseProof = (proofs: readonly ReverseProof[], { link, collection }: CollectionStanding): Date | null =>
  proofs.find((proof) => proof.link === link && proof.collection === collection)?.provenAt ?? null;

/** Whether anything of a collection may come from the cloud. */
function comesBack({ authority, fields }: NamedLink['collections'][number]): boolean {
  return Object.values(fields).some((field) => ('authority' in field ? (field.authority ?? authority) : authority) !== 'crm');
}

async function readSettings(pool: CrmDatabase['pool'], { name, schedules }: NamedLink) {
  const [set, ...off] = await Promise.all([readPeriods(pool, name), ...directionSchema.options.map((direction) => readSwitchedOff(pool, name, direction))]);
  const [forward = new Set<string>(), reverse = new Set<string>()] = off;
  return {
    periods: { forward: set.forward ?? schedules.forwardEveryMs, reverse: set.reverse ?? schedules.reverseEveryMs },
    switchedOff: { forward, reverse },
  };
}
