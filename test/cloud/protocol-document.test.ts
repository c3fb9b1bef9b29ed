import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { CLAIMS_SCHEMAS } from '../../adaptor/auth/claims-of.ts';
import { LIFETIMES } from '../../adaptor/auth/lifetime.ts';
import { reverseOrderSchema } from '../../exchange/claims.ts';
import { collectionDefinitionSchema, fieldDefinitionSchema, referenceSchema } from '../../exchange/collection.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { type ErrorCode, isErrorCode } from '../../exchange/errors.ts';
import { MAX_FRAME_BYTES } from '../../exchange/frame.ts';
import { incarnationSchema } from '../../exchange/incarnation.ts';
import { JWS_MEDIA_TYPE, PATHS, PROBLEM_MEDIA_TYPE, TYP, WINDOW_MEDIA_TYPES, WIRE_SETTINGS } from '../../exchange/protocol.ts';
import { WIRE_META_COLUMNS } from '../../exchange/wire-row.ts';

const text = readFileSync(new URL('../../docs/protocol.md', import.meta.url), 'utf8');

/** The part of the document below a heading of the second level. */
function section(heading: string): string {
  const [, rest] = text.split(`\n## ${heading}\n`);
  return rest?.split('\n## ')[0] ?? '';
}

describe('docs/protocol.md', () => {
  it('names every member of every signed object', () => {
    const claims = section('Claims');
    const schemas: z.ZodObject[] = [
      ...Object.values(CLAIMS_SCHEMAS),
      reverseOrderSchema,
      collectionDefinitionSchema,
      fieldDefinitionSchema,
      referenceSchema,
      incarnationSchema,
    ];
    const members = new Set(schemas.flatMap((schema) => Object.keys(schema.shape)));
    expect([...members].filter((member) => !claims.includes(`\`${member}\``))).toEqual([]);
  });

  it('gives every kind of object its type and lifetimes', () => {
    const minutes = (seconds: number) =>
      seconds >= 86_400 * 365 ? `${seconds / 86_400 / 365} ` : seconds >= 86_400 ? `${seconds / 86_400} ` : `${seconds / 60} `;
    for (const [kind, typ] of Object.entries(TYP)) {
      const line = text.split('\n').find((candidate) => candidate.includes(`| \`${typ}\` |`));
      expect(line).toBeDefined();
      const { usualSeconds, greatestSeconds } = LIFETIMES[kind as keyof typeof TYP];
      expect(line).toContain(`| ${minutes(usualSeconds)}/ ${minutes(greatestSeconds)}`);
    }
  });

  it('lists every path, media type, column and setting', () => {
    const link = '{tenant}/{environment}/{link}' as const;
    const full = text.replaceAll(/(?<=[ `])C\//g, 'L/collections/{collection}/').replaceAll(/(?<=[ `])L\//g, `/v1/links/${link}/`);
    const number = '{ordinal}' as unknown as number;
    const chunk = '{chunk}' as unknown as number;
    const paths = [
      PATHS.health,
      PATHS.token,
      PATHS.opening(link),
      PATHS.registration(link, '{collection}'),
      PATHS.window(link, '{collection}', number),
      PATHS.chunk(link, '{collection}', number, chunk),
      PATHS.closeLoad(link, '{collection}', number),
      PATHS.settle(link, '{collection}', number),
      PATHS.erasures(link, '{collection}'),
      PATHS.reverse(link, '{collection}'),
      PATHS.reverseReceipt(link, '{collection}', number),
      PATHS.reconciliation(link, '{collection}'),
    ];
    for (const path of paths) expect(full).toContain(`${path}\``);
    for (const type of [JWS_MEDIA_TYPE, ...Object.values(WINDOW_MEDIA_TYPES), PROBLEM_MEDIA_TYPE]) expect(text).toContain(`\`${type}\``);
    for (const column of WIRE_META_COLUMNS) expect(section('Rows on the wire')).toContain(`| \`${column}\` |`);
    const fixedByCsv = ['client_encoding', 'standard_conforming_strings'];
    for (const [name, value] of Object.entries(WIRE_SETTINGS)) if (!fixedByCsv.includes(name)) expect(text).toContain(`\`${name} ${value}\``);
    expect(text).toContain(MAX_FRAME_BYTES.toLocaleString('en'));
  });

  it('tells every error as the catalogue does', () => {
    const rows = [...section('Errors').matchAll(/^\| `([a-z-]+)` \| (\d+) \| (yes|no) \| (.*) \|$/gm)].map(([, code = '', status, retry, title]) => ({
      code,
      status,
      retry,
      title,
    }));
    expect(rows.length).toBeGreaterThan(30);
    for (const { code, status, retry, title } of rows) {
      expect(ERROR_CATALOGUE).toHaveProperty([code]);
      const entry = ERROR_CATALOGUE[code as ErrorCode];
      expect({ status, retry, title }).toEqual({ status: String(entry.status), retry: entry.retryable ? 'yes' : 'no', title: entry.title });
    }
    const inTheText = [...text.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, name = '']) => name).filter(isErrorCode);
    expect(inTheText.filter((code) => !rows.some((row) => row.code === code))).toEqual([]);
  });
});
