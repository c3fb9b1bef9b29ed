import { z } from 'zod';
import { linkIdentitySchema } from '../exchange/names.ts';
import { collectionConfigSchema } from './collection-config.ts';
import { retentionSchema } from './retention.ts';

const minutes = (n: number) => n * 60_000;
const hours = (n: number) => minutes(n * 60);

/** A link between this CRM and one tenant's place in a cloud. Descriptions become docs/configuration.md. */
const linkConfigSchema = z
  .strictObject({
    tenant: linkIdentitySchema.shape.tenant.meta({ description: 'Whose data it is, as both sides call it.' }),
    environment: linkIdentitySchema.shape.environment.meta({ description: 'Which environment: messages of one are refused by another.' }),
    link: linkIdentitySchema.shape.link.meta({ description: 'Name of the link within tenant and environment.' }),
    collections: z.array(collectionConfigSchema).min(1).meta({ description: 'What is kept in step: see [a collection](#a-collection).' }),
    schedules: z
      .strictObject({
        forwardEveryMs: z.int().min(1000).default(minutes(5)).meta({
          description: 'Period of forward synchronisation; changes are sent at once beside it.',
          unit: 'ms',
          cost: 'One short workflow a period.',
        }),
        reverseEveryMs: z.int().min(1000).default(minutes(5)).meta({
          description: 'Period in which cloud changes are ordered in.',
          unit: 'ms',
          cost: 'A signed message, a workflow and one request a collection each period.',
        }),
      })
      .prefault({})
      .meta({ description: 'The Temporal Schedules of the link.' }),
    pump: z
      .strictObject({
        maxWindows: z.int().min(1).default(500).meta({
          description: 'A run ends after so many windows, and its successor begins with a short history.',
          unit: 'windows',
          cost: 'More: longer histories in Temporal. Fewer: more openings.',
        }),
        maxDurationMs: z.int().min(1000).default(minutes(10)).meta({
          description: 'A run ends after so long.',
          unit: 'ms',
          cost: 'As `maxWindows`.',
        }),
        gatherMs: z.int().min(0).default(20).meta({
          description: 'Greatest wait for changes to gather before a window is cut.',
          unit: 'ms',
          cost: 'More: later arrival. Less: more and smaller windows.',
        }),
      })
      .prefault({})
      .meta({ description: 'The run that sends changes as they happen.' }),
    load: z
      .strictObject({
        chunkRows: z.int().min(100).default(50_000).meta({
          description: 'Rows of a chunk of an initial load; a retry repeats one chunk.',
          unit: 'rows',
          cost: 'More: more work is repeated after a failure. Fewer: more round trips.',
        }),
        streams: z.int().min(1).max(16).default(2).meta({
          description: 'Chunks sent at a time.',
          unit: 'streams',
          cost: 'A connection to each database for each; more than the cores of both is of no use.',
        }),
      })
      .prefault({})
      .meta({ description: 'The initial load.' }),
    approvals: z
      .strictObject({
        validMs: z
          .int()
          .min(1000)
          .default(minutes(7 * 24 * 60))
          .meta({
            description: 'How long somebody may decide about what waits; after that it counts as not approved.',
            unit: 'ms',
            cost: 'More: windows that were set down are kept longer.',
          }),
      })
      .prefault({})
      .meta({ description: 'What waits for a user.' }),
    reverse: z
      .strictObject({
        validMs: z.int().min(1000).max(minutes(60)).default(minutes(10)).meta({
          description: 'How long a reverse message is valid.',
          unit: 'ms',
          cost: 'More: an order that was lost stays open longer.',
        }),
        maxRows: z.int().min(1).default(50_000).meta({
          description: 'Greatest number of rows in one window.',
          unit: 'rows',
          cost: 'More: longer transactions in the CRM.',
        }),
        maxWindows: z.int().min(1).default(100).meta({
          description: 'Greatest number of windows under one message; the rest waits for the next.',
          unit: 'windows',
          cost: 'More: one order may bring in more.',
        }),
        holdMs: z.int().min(0).max(60_000).default(0).meta({
          description: 'How long the cloud may hold an empty answer open, so that its changes come in at once.',
          unit: 'ms',
          cost: 'A connection, and an open order, so long.',
        }),
      })
      .prefault({})
      .meta({ description: 'What one reverse synchronisation message allows.' }),
    reconciliation: z
      .strictObject({
        scheduled: z.boolean().default(true).meta({ description: 'Whether a Temporal Schedule compares the stores. `tidegate reconcile` works without it.' }),
        everyMs: z.int().min(1000).default(hours(24)).meta({
          description: 'Period in which the stores are compared.',
          unit: 'ms',
          cost: 'One pass over every table at both sides; more where something differs.',
        }),
        repair: z.boolean().default(false).meta({
          description: 'Whether the Schedule also queues the repair of what differs. Extra records are only offered by it, never deleted.',
        }),
        maxDifferences: z.int().min(1).max(100_000).default(10_000).meta({
          description: 'Greatest number of records of a collection that one comparison looks at; the rest is left for the next.',
          unit: 'records',
          cost: 'More: a longer run, and more rows in the control plane.',
        }),
      })
      .prefault({})
      .meta({ description: 'Comparing both stores: [reconciliation](reconciliation.md).' }),
  })
  .superRefine((link, context) => {
    const names = link.collections.map((c) => c.name);
    link.collections.forEach((collection, i) => {
      if (names.indexOf(collection.name) !== i)
        context.addIssue({ code: 'custom', path: ['collections', i, 'name'], message: `collection "${collection.name}" is declared twice` });
      collection.references.forEach((reference, j) => {
        const parent = link.collections.find((c) => c.name === reference.collection);
        if (parent === undefined)
          context.addIssue({
            code: 'custom',
            path: ['collections', i, 'references', j, 'collection'],
            message: `there is no collection "${reference.collection}"`,
          });
        else if (parent.key.length !== reference.fields.length)
          context.addIssue({
            code: 'custom',
            path: ['collections', i, 'references', j, 'fields'],
            message: `the key of "${parent.name}" has ${parent.key.length} field(s)`,
          });
      });
    });
    for (const name of findCycle(link.collections))
      context.addIssue({ code: 'custom', path: ['collections'], message: `the order between collections goes in a circle at "${name}"` });
  });

/** The whole configuration of a CRM: `tidegate.config.ts` exports it by default. */
export const configSchema = z
  .strictObject({
    links: z.array(linkConfigSchema).min(1).meta({ description: 'Each link joins this CRM to one place in one cloud.' }),
    retention: retentionSchema.prefault({}).meta({ description: 'How long what is done with is kept: see [retention](retention.md).' }),
  })
  .superRefine((config, context) => {
    const names = config.links.map((l) => `${l.tenant}/${l.environment}/${l.link}`);
    names.forEach((name, i) => {
      if (names.indexOf(name) !== i) context.addIssue({ code: 'custom', path: ['links', i], message: `link "${name}" is declared twice` });
    });
  });

/** What an engineer writes. */
export type ConfigInput = z.input<typeof configSchema>;

/** The configuration with defaults filled in. */
export type Config = z.output<typeof configSchema>;

/** One link of the configuration. */
export type LinkConfig = Config['links'][number];

/** Gives the configuration file its types; nothing is checked here (loadConfig checks and lists every fault). */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}

/** Database roles of the CRM's application for which collections have rules of access. */
export function ruledRoles({ links }: Config): readonly string[] {
  return [...new Set(links.flatMap(({ collections }) => collections.flatMap(({ access }) => access?.rules.map(({ role }) => role) ?? [])))];
}

/** Names at which references between collections go in a circle (a collection that refers to itself does not count). */
function findCycle(collections: readonly { name: string; references: readonly { collection: string }[] }[]): readonly string[] {
  const open = new Set(collections.map((c) => c.name));
  for (;;) {
    const free = collections.filter((c) => open.has(c.name) && c.references.every((r) => r.collection === c.name || !open.has(r.collection)));
    if (free.length === 0) return [...open].slice(0, 1);
    for (const c of free) open.delete(c.name);
    if (open.size === 0) return [];
  }
}

/** Collections with every parent before its children. */
export function inParentOrder<T extends { name: string; references: readonly { collection: string }[] }>(collections: readonly T[]): readonly T[] {
  const ordered: T[] = [];
  const rest = [...collections];
  while (rest.length > 0) {
    const at = rest.findIndex((c) => c.references.every((r) => r.collection === c.name || !rest.some((other) => other.name === r.collection)));
    ordered.push(...rest.splice(Math.max(at, 0), 1));
  }
  return ordered;
}
