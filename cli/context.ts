import type { Pool } from 'pg';
import { openCodec } from '../adaptor/auth/codec/payload-codec.ts';
import { postgresLinkStore } from '../adaptor/data/control/link-store.ts';
import { createPool } from '../adaptor/data/pool.ts';
import type { CollectionConfig } from '../configuration/collection-config.ts';
import type { Config, LinkConfig } from '../configuration/config.ts';
import { sideEnvironment } from '../configuration/home.ts';
import { loadConfig } from '../configuration/load-config.ts';
import { type CliSettings, cliSettingsSchema } from '../configuration/settings/command-line.ts';
import { readSettings } from '../configuration/settings/read-settings.ts';
import { systemUser } from '../configuration/system-user.ts';
import { temporalPlace } from '../configuration/temporal-place.ts';
import { TidegateError } from '../exchange/errors.ts';
import { linkName } from '../exchange/names.ts';
import { type TemporalClient, connectTemporal } from '../scheduler/connection.ts';
import { TidegateClient } from '../scheduler/tidegate-client.ts';
import type { Output } from './output.ts';

/** What a command works with; parts are opened when first used and closed at the end. */
export interface Context extends AsyncDisposable {
  readonly output: Output;
  readonly settings: CliSettings;
  readonly config: Config;
  /** Who acts, for the log: the system's user. */
  readonly actor: string;
  /** The CRM's store, as the consumer. */
  readonly pool: Pool;
  /** The CRM's store, as the owner of its tables. Throws `configuration-invalid` where its URL is not set. */
  adminPool(): Pool;
  /** A client of the Temporal server. Throws `temporal-unavailable`. */
  temporal(): Promise<TemporalClient['client']>;
  tidegate(): Promise<TidegateClient>;
  /** The link that is named, or the only one. Throws `bad-request`. */
  link(name: string | undefined): LinkConfig & { readonly name: string };
}

/** Reads settings and configuration and prepares what commands need. Throws `not-running` where nothing tells where the CRM is. */
export async function openContext(output: Output, environment: Readonly<Record<string, string | undefined>>): Promise<Context> {
  const own = sideEnvironment('crm', environment);
  if ((own['TIDEGATE_CRM_CONSUMER_URL'] ?? own['TIDEGATE_CRM_CONSUMER_URL_FILE']) === undefined)
    throw new TidegateError('not-running', 'Neither a running stack nor TIDEGATE_ variables were found.');
  const settings = readSettings(cliSettingsSchema, own);
  const config = await loadConfig(settings.TIDEGATE_CONFIG);
  const pools: Pool[] = [];
  const open = (url: string): Pool => {
    const pool = createPool(url, { applicationName: 'tidegate cli', maxConnections: 2 });
    pools.push(pool);
    return pool;
  };
  const pool = open(settings.TIDEGATE_CRM_CONSUMER_URL);
  let admin: Pool | undefined;
  let temporal: TemporalClient | undefined;
  const connect = async (): Promise<TemporalClient['client']> => {
    temporal ??= await connectTemporal({
      ...(await temporalPlace(settings)),
      codec: await openCodec(settings.TIDEGATE_CODEC_KEYS, settings.TIDEGATE_CODEC_MODE),
      timeoutMs: 5000,
      crmPage: settings.TIDEGATE_CRM_APP_URL,
    });
    return temporal.client;
  };
  const links = config.links.map((link) => ({ ...link, name: linkName(link) }));
  return {
    output,
    settings,
    config,
    actor: systemUser(),
    pool,
    adminPool: () => {
      if (settings.TIDEGATE_CRM_ADMIN_URL === undefined)
        throw new TidegateError('configuration-invalid', 'Set TIDEGATE_CRM_ADMIN_URL to the URL of the owner of the tables.');
      admin ??= open(settings.TIDEGATE_CRM_ADMIN_URL);
      return admin;
    },
    temporal: connect,
    tidegate: async () =>
      new TidegateClient({
        client: await connect(),
        store: postgresLinkStore(pool),
        taskQueue: settings.TIDEGATE_TASK_QUEUE,
        uiUrl: settings.TIDEGATE_TEMPORAL_UI,
      }),
    link: (name) => {
      const found = name === undefined ? (links.length === 1 ? links[0] : undefined) : links.find((link) => link.name === name || link.link === name);
      if (found === undefined) throw new TidegateError('bad-request', `Name one of the links: ${links.map((link) => link.name).join(', ')}.`);
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      await temporal?.close();
      await Promise.all(pools.map((each) => each.end()));
    },
  };
}

/** Checks names of collections against a link's configuration. Throws `collection-unknown`. */
export function checkCollections(link: LinkConfig, names: readonly string[]): readonly string[] {
  for (const name of names) {
    if (!link.collections.some((collection) => collection.name === name))
      throw new TidegateError('collection-unknown', `"${name}" is none of ${link.collections.map((c) => c.name).join(', ')}.`, { collection: name });
  }
  return names;
}

/** A collection that is named together with a record's key. Throws `collection-unknown`, and `bad-request` where the key has another number of parts. */
export function collectionOfRecord(link: LinkConfig, name: string, key: readonly string[]): CollectionConfig {
  checkCollections(link, [name]);
  const collection = link.collections.find((each) => each.name === name) as CollectionConfig;
  if (key.length !== collection.key.length)
    throw new TidegateError('bad-request', `The key of ${name} has ${collection.key.length} part(s): ${collection.key.join(', ')}.`, { collection: name });
  return collection;
}
