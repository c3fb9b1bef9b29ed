import { z } from 'zod';
import { linkIdentitySchema } from '../exchange/names.ts';
import { collectionConfigSchema } from './collection-config.ts';

const minutes = (n: number) => n * 60_000;

/** A link between this CRM and one tenant's place in a cloud. */
const linkConfigSchema = z
  .strictObject({
    ...linkIdentitySchema.shape,
    collections: z.array(collectionConfigSchema).min(1),
    schedules: z
      .strictObject({
        /** Period of forward synchronisation in milliseconds (changes are sent at once beside it). Default 5 minutes. */
        forwardEveryMs: z.int().min(1000).default(minutes(5)),
        /** Period of ordered reverse synchronisation in milliseconds. Default 5 minutes. */
        reverseEveryMs: z.int().min(1000).default(minutes(5)),
      })
      .prefault({}),
    pump: z
      .strictObject({
        /** A pump run ends after so many windows, to begin anew with a short history. Default 500. */
        maxWindows: z.int().min(1).default(500),
        /** ... or after so long, in milliseconds. Default 10 minutes. */
        maxDurationMs: z.int().min(1000).default(minutes(10)),
        /** Greatest wait for changes to gather before a window is cut, in milliseconds. Default 20. */
        gatherMs: z.int().min(0).default(20),
      })
      .prefault({}),
    load: z
      .strictObject({
        /** Rows of a chunk of an initial load; a retry repeats one chunk. Default 50,000. */
        chunkRows: z.int().min(100).default(50_000),
        /** Chunks sent at a time. More than the cores of both databases is of no use. Default 2. */
        streams: z.int().min(1).max(16).default(2),
      })
      .prefault({}),
    reverse: z
      .strictObject({
        /** How long a reverse message is valid, in milliseconds. Default 10 minutes. */
        validMs: z.int().min(1000).max(minutes(60)).default(minutes(10)),
        /** Greatest number of rows in one window. Default 50,000. */
        maxRows: z.int().min(1).default(50_000),
        /** Greatest number of windows under one message. Default 100. */
        maxWindows: z.int().min(1).default(100),
        /** How long the cloud may hold an empty answer open, in milliseconds. Default 0. */
        holdMs: z.int().min(0).max(60_000).default(0),
      })
      .prefault({}),
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
export const configSchema = z.strictObject({ links: z.array(linkConfigSchema).min(1) }).superRefine((config, context) => {
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
