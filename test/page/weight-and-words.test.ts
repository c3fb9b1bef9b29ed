import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { de } from '../../crm/page/src/texts/de.ts';
import { en } from '../../crm/page/src/texts/en.ts';
import { deDetails, deLedgerFaults } from '../../crm/page/src/texts/details-de.ts';
import { enDetails, enLedgerFaults } from '../../crm/page/src/texts/details-en.ts';
import { deReasons } from '../../crm/page/src/texts/reasons-de.ts';
import { enReasons } from '../../crm/page/src/texts/reasons-en.ts';
import { deUndo } from '../../crm/page/src/texts/undo-de.ts';
import { enUndo } from '../../crm/page/src/texts/undo-en.ts';
import { EXCHANGE_ERRORS } from '../../exchange/errors/exchange.ts';
import { RECORD_ERRORS } from '../../exchange/errors/records.ts';
import { SECURITY_ERRORS } from '../../exchange/errors/security.ts';
import { builtPage } from './built-page.ts';

/** Greatest size of what a first visit loads of JavaScript, gzipped. */
const MAX_FIRST_LOAD_BYTES = 400_000;

/** Files that a script imports statically, itself included. */
function withImports(folder: string, file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const source = readFileSync(join(folder, 'assets', file), 'utf8');
  for (const [, imported = ''] of source.matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g)) {
    if (existsSync(join(folder, 'assets', imported))) withImports(folder, imported, seen);
  }
  return seen;
}

it('loads less than 400 KB of JavaScript at first, without the calendar and without operations', async () => {
  const folder = await builtPage();
  const html = readFileSync(join(folder, 'index.html'), 'utf8');
  const entries = [...html.matchAll(/assets\/([\w.-]+\.js)/g)].map(([, file = '']) => file);
  expect(entries).not.toEqual([]);
  const files = new Set(entries.flatMap((entry) => [...withImports(folder, entry)]));
  const bytes = [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, 'assets', file))).length, 0);
  expect(bytes).toBeLessThan(MAX_FIRST_LOAD_BYTES);
  expect([...files].filter((file) => /calendar|console|record-page/.test(file))).toEqual([]);
});

it('holds no inline script, no inline style and nothing of other hosts', async () => {
  const html = readFileSync(join(await builtPage(), 'index.html'), 'utf8');
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)[^>]*>/);
  expect(html).not.toMatch(/\sstyle=|\son[a-z]+=/);
  expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
});

/** Every path of a tree of words, with what stands there: a text, or a function of so many parameters. */
function paths(words: object, above = ''): string[] {
  return Object.entries(words).flatMap(([name, word]: [string, unknown]) => {
    const path = `${above}${name}`;
    if (typeof word === 'object' && word !== null) return paths(word, `${path}.`);
    return [typeof word === 'function' ? `${path}(${word.length})` : path];
  });
}

const anyLanguage = (path: string): string => path.replace(/^(de|en)(?=[A-Z])/, '');

it('says the same things in both languages', () => {
  expect(
    paths({ ...de, deUndo, deReasons })
      .map(anyLanguage)
      .toSorted(),
  ).toEqual(
    paths({ ...en, enUndo, enReasons })
      .map(anyLanguage)
      .toSorted(),
  );
  const empty = (words: object): string[] =>
    Object.values(words).flatMap((word: unknown) => (typeof word === 'object' && word !== null ? empty(word) : word === '' ? ['empty'] : []));
  expect([...empty(en), ...empty(de)]).toEqual([]);
});

/** Codes of imports and of keys that are taken away: no view of the page comes upon them. */
const NEVER_SHOWN = ['encoding-unknown', 'entry-unsupported', 'time-zone-unknown', 'sealed-key-in-use', 'codec-key-in-use'];

it('says more of a record set aside in both languages, with what its sentence names', () => {
  for (const details of [enDetails, deDetails]) {
    expect(details['longer-than']('character varying(20)')).toContain(' 20 ');
    expect(details['longer-than']('app.domain')).not.toContain('app');
    expect(details['not-of-type']('numeric(12,2)')).toMatch(/number|Zahl/);
    expect(details['not-of-type']('point')).toContain('point');
    expect(details.constraint('contacts_email_key')).toContain('contacts_email_key');
  }
  // Nothing is the same in both but what is no sentence.
  const same = Object.keys(enLedgerFaults).filter((fault) => enLedgerFaults[fault as never] === deLedgerFaults[fault as never]);
  expect(same).toEqual([]);
});

it('has words in both languages for whatever a run, a plan or a record can be refused with', () => {
  const codes = Object.keys({ ...EXCHANGE_ERRORS, ...RECORD_ERRORS, ...SECURITY_ERRORS }).filter((code) => !NEVER_SHOWN.includes(code));
  for (const reasons of [enReasons, deReasons]) expect(codes.filter((code) => reasons[code] === undefined)).toEqual([]);
  // No word of the code's own.
  for (const [code, text] of [...Object.entries(enReasons), ...Object.entries(deReasons)]) if (code.includes('-')) expect(text).not.toContain(code);
});
