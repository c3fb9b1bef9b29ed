import type { Pool } from 'pg';
import type { KeyRegistry } from '../adaptor/auth/key-registry.ts';
import type { SigningKey } from '../adaptor/auth/signing-key.ts';
import type { ProducerClient } from '../adaptor/communication/producer-client.ts';
import type { CollectionSource } from '../adaptor/data/describe-collection.ts';
import { TidegateError } from '../exchange/errors.ts';
import type { LinkIdentity, LinkName } from '../exchange/names.ts';
import type { ValueCipher } from '../exchange/sealed.ts';
import type { WindowObserver } from './observe-window.ts';

/** A collection of a link, as configured. */
export interface CollectionSetup {
  readonly source: CollectionSource;
  /** Greatest number of tombstones in one window (forward) or under one message (reverse). */
  readonly deleteBudget: { readonly forward: number; readonly reverse: number };
  /** Greatest share of the records that one window or message may change; 1: no limit. */
  readonly changeShare: { readonly forward: number; readonly reverse: number };
  /** What waits for a user, beside a TRUNCATE. */
  readonly approval: { readonly firstLoad: boolean; readonly reconnect: boolean; readonly breach: boolean };
}

/** A link as the worker serves it: its configuration, its key, its way to the producer. Times in milliseconds. */
export interface LinkSetup {
  readonly identity: LinkIdentity;
  readonly name: LinkName;
  /** Parents before children. */
  readonly collections: readonly CollectionSetup[];
  readonly pump: { readonly maxWindows: number; readonly maxDurationMs: number; readonly gatherMs: number };
  readonly load: { readonly chunkRows: number; readonly streams: number };
  readonly reverse: { readonly validMs: number; readonly maxRows: number; readonly maxWindows: number; readonly holdMs: number };
  readonly reconciliation: { readonly maxDifferences: number; readonly repair: boolean };
  readonly approvals: { readonly validMs: number };
  readonly reverseEveryMs: number;
  readonly signingKey: SigningKey;
  /** Seals and opens sealed fields; undefined where the worker has no keys for that. */
  readonly cipher?: ValueCipher | undefined;
  readonly producer: ProducerClient;
  /** PEM of this side's client certificate, as it is on disk now. */
  readonly readCertificate: () => Promise<string>;
}

/** What every factory of activities is given. Pools are named for the database role that they sign in as. */
export interface ActivityContext {
  readonly links: ReadonlyMap<string, LinkSetup>;
  readonly consumer: Pool;
  readonly reverse: Pool;
  readonly verifier: Pool;
  readonly registry: KeyRegistry;
  /** Told of every window that is moved. */
  readonly observeWindow?: WindowObserver;
  /** Starts the workflow that waits for a decision, or tells it to look (scheduler/approval-run.ts). */
  readonly announceApproval?: (link: string, approval: number) => Promise<void>;
  /** Points at which a test may stop or kill the worker. */
  readonly hooks?: { at(point: string): Promise<void> };
}

/** The link with this name. Throws `link-mismatch` where the worker is not configured for it. */
export function linkOf({ links }: Pick<ActivityContext, 'links'>, name: string): LinkSetup {
  const link = links.get(name);
  if (link === undefined) throw new TidegateError('link-mismatch', `This worker is not configured for ${name}.`, { link: name });
  return link;
}

/** A collection of a link. Throws `collection-unknown`. */
export function collectionOf(link: LinkSetup, name: string): CollectionSetup {
  const collection = link.collections.find(({ source }) => source.name === name);
  if (collection === undefined) throw new TidegateError('collection-unknown', undefined, { link: link.name, collection: name });
  return collection;
}
