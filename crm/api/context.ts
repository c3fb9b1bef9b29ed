import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ExpiryFiles } from '../../adaptor/auth/expiry.ts';
import type { TemporalCodec } from '../../adaptor/auth/codec/payload-codec.ts';
import type { LinkConfig } from '../../configuration/config.ts';
import { TidegateError } from '../../exchange/errors.ts';
import { type LinkName, linkName } from '../../exchange/names.ts';
import type { CrmDatabase } from '../database.ts';
import type { RecordStores } from '../records/record-stores.ts';
import type { AlarmBounds } from '../status/alarms.ts';
import type { LagHistory } from '../status/lag-history.ts';
import { may, type Permission, type SignedInUser } from '../users/roles.ts';
import type { OpenIdProvider } from '../../web/sign-in/openid-provider.ts';
import type { RateBound } from '../../web/http/request-limit.ts';
import type { SignInLimit } from '../../web/sign-in/sign-in-limit.ts';
import type { SyncControl } from './sync-control.ts';

/** A link with its full name. */
export type NamedLink = LinkConfig & { readonly name: LinkName };

/** How users of the page sign in. */
export interface SignInWays {
  /** Whether e-mail address and password open the door. */
  readonly passwords: boolean;
  readonly openId?: OpenIdProvider | undefined;
}

/** What endpoints work with. */
export interface ApiContext {
  readonly database: CrmDatabase;
  readonly links: readonly NamedLink[];
  readonly stores: RecordStores;
  readonly control: SyncControl;
  readonly signInLimit: SignInLimit;
  /** Bound of the requests of each user; absent: the usual one. */
  readonly rateBound?: RateBound | undefined;
  /** How users sign in. */
  readonly signIn: SignInWays;
  /** Temporal UI, for links to runs. */
  readonly temporalUi?: { readonly url: string; readonly namespace: string } | undefined;
  /** Encodes and decodes the payloads of Temporal; absent: it is off. */
  readonly codec?: TemporalCodec | undefined;
  /** Certificates of the worker, whose ends are told. */
  readonly certificateFiles?: ExpiryFiles | undefined;
  /** When an alarm comes; absent: the usual bounds. */
  readonly alarmBounds?: AlarmBounds | undefined;
  /** The lag that this process has seen. */
  readonly lagHistory?: LagHistory | undefined;
  /** Origin that browsers see; absent: what the request's Host says. */
  readonly origin?: string | undefined;
}

/** Adds one endpoint, or the endpoints of one path. */
export type Endpoint = (app: FastifyInstance, context: ApiContext) => void;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who is signed in; null for nobody. */
    signedIn: SignedInUser | null;
  }
}

/**
 * The user of a request. Throws `not-signed-in`, `not-allowed` where the role lacks the permission, or
 * `password-change-needed` where the password is one that an administrator gave.
 */
export function requireUser(request: FastifyRequest, permission: Permission): SignedInUser {
  if (request.signedIn === null) throw new TidegateError('not-signed-in');
  if (request.signedIn.mustChangePassword) throw new TidegateError('password-change-needed');
  if (!may(request.signedIn.role, permission)) throw new TidegateError('not-allowed', undefined, { role: request.signedIn.role, permission });
  return request.signedIn;
}

/** Links with their full names. */
export function nameLinks(links: readonly LinkConfig[]): readonly NamedLink[] {
  return links.map((link) => ({ ...link, name: linkName(link) }));
}

/** Links that have a collection, or all of them; `only` narrows to one. Throws `collection-unknown`, `link-mismatch`. */
export function linksWith(links: readonly NamedLink[], collections: readonly string[], only?: string): readonly NamedLink[] {
  const candidates = only === undefined ? links : links.filter((link) => link.name === only);
  if (candidates.length === 0) throw new TidegateError('link-mismatch', 'There is no such link.', { link: only ?? null });
  const unknown = collections.find((name) => !candidates.some((link) => link.collections.some((collection) => collection.name === name)));
  if (unknown !== undefined) throw new TidegateError('collection-unknown', undefined, { collection: unknown });
  return collections.length === 0 ? candidates : candidates.filter((link) => link.collections.some((collection) => collections.includes(collection.name)));
}
