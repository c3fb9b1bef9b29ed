import type { LinkName } from './names.ts';
import type { RowForm } from './wire-row.ts';

/** Major version of the protocol: stands in paths and in every `typ` (rule 20). */
export const PROTOCOL_VERSION = 1;

/** Versions that a side accepts: its own and the one before. */
export const ACCEPTED_PROTOCOL_VERSIONS: readonly number[] = [PROTOCOL_VERSION];

/** What stands in front of every path of a version. */
export const versionPrefix = (version: number): string => `/v${version}/`;

/** Media type of a window's body: frames of rows, then one frame with the signed manifest. */
export const WINDOW_MEDIA_TYPE = 'application/vnd.tidegate.window.v1';

/** Media types of windows by the form of their rows. */
export const WINDOW_MEDIA_TYPES = {
  csv: WINDOW_MEDIA_TYPE,
  binary: 'application/vnd.tidegate.window-binary.v1',
} as const satisfies Readonly<Record<RowForm, string>>;

/** Media type of a body that is one compact JWS. */
export const JWS_MEDIA_TYPE = 'application/jose';

/** Media type of errors (RFC 9457). */
export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Header that carries the proof of a request. */
export const PROOF_HEADER = 'tidegate-proof';

/** `typ` of each kind of signed object: one kind is never taken for another (RFC 8725, 3.11). */
export const TYP = {
  assertion: 'tidegate-assertion-v1+jwt',
  accessToken: 'at+jwt',
  proof: 'tidegate-proof-v1+jwt',
  opening: 'tidegate-opening-v1+jwt',
  openingAnswer: 'tidegate-opening-answer-v1+jwt',
  registration: 'tidegate-registration-v1+jwt',
  registrationAnswer: 'tidegate-registration-answer-v1+jwt',
  manifest: 'tidegate-manifest-v1+jwt',
  settlement: 'tidegate-settlement-v1+jwt',
  receipt: 'tidegate-receipt-v1+jwt',
  reverseMessage: 'tidegate-reverse-message-v1+jwt',
  release: 'tidegate-release-v1+jwt',
  reconciliation: 'tidegate-reconciliation-v1+jwt',
  reconciliationAnswer: 'tidegate-reconciliation-answer-v1+jwt',
  erasure: 'tidegate-erasure-v1+jwt',
  erasureReceipt: 'tidegate-erasure-receipt-v1+jwt',
  preview: 'tidegate-preview-v1+jwt',
} as const;

/** A kind of signed object. */
export type SignedKind = keyof typeof TYP;

/** Paths of the producer. `link` is the full link name; collection and numbers are path segments. */
export const PATHS = {
  health: '/v1/health',
  token: '/v1/token',
  opening: (link: LinkName) => `/v1/links/${link}/openings`,
  registration: (link: LinkName, collection: string) => `/v1/links/${link}/collections/${collection}/registration`,
  window: (link: LinkName, collection: string, ordinal: number) => `/v1/links/${link}/collections/${collection}/forward/${ordinal}`,
  chunk: (link: LinkName, collection: string, ordinal: number, chunk: number) =>
    `/v1/links/${link}/collections/${collection}/forward/${ordinal}/chunks/${chunk}`,
  closeLoad: (link: LinkName, collection: string, ordinal: number) => `/v1/links/${link}/collections/${collection}/forward/${ordinal}/close`,
  settle: (link: LinkName, collection: string, ordinal: number) => `/v1/links/${link}/collections/${collection}/forward/${ordinal}/settle`,
  erasures: (link: LinkName, collection: string) => `/v1/links/${link}/collections/${collection}/erasures`,
  reverse: (link: LinkName, collection: string) => `/v1/links/${link}/collections/${collection}/reverse`,
  preview: (link: LinkName, collection: string) => `/v1/links/${link}/collections/${collection}/preview`,
  reverseReceipt: (link: LinkName, collection: string, ordinal: number) => `/v1/links/${link}/collections/${collection}/reverse/${ordinal}/receipt`,
  reconciliation: (link: LinkName, collection: string) => `/v1/links/${link}/collections/${collection}/reconciliation`,
} as const;

/** Session settings under which every value is turned into text: they fix the text form of each type on the wire (rule 6). */
export const WIRE_SETTINGS: Readonly<Record<string, string>> = {
  TimeZone: 'UTC',
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'iso_8601',
  extra_float_digits: '1',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  lc_monetary: 'C',
  xmloption: 'content',
  standard_conforming_strings: 'on',
};
