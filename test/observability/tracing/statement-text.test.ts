import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dollarQuoted, ident, literal } from '../../../adaptor/data/quoting.ts';
import { statementText, statementVerb } from '../../../observability/tracing/statement-text.ts';

describe('the text of a statement in a trace', () => {
  it('keeps names and parameters, and no value', () => {
    expect(statementText(`SELECT a1, "B 'x'", t.note FROM "s"."t" WHERE id = $1 AND name = 'Anna' LIMIT 10`)).toBe(
      `SELECT a1, "B 'x'", t.note FROM "s"."t" WHERE id = $1 AND name = ? LIMIT ?`,
    );
    expect(statementText(`select 'it''s', E'a\\'b', $x$Anna$x$, $$Bert$$, b'01', 1.5e3 -- Carl\n, /* Dora */ x`)).toBe('select ?, ?, ?, ?, ?, ? ? , ? x');
    expect(statementText(`select 'never closed`)).toBe('select ?');
    expect(statementText(`select U&'d\\0061t' , N'x', n'y'`)).toBe('select U? , ?, ?');
  });

  it('lets no quoted value through, whatever it holds', () => {
    const canary = 'canary';
    const hostile = fc.array(fc.constantFrom(`'`, `"`, '\\', '$', '$$', '$a$', 'E', '--', '/*', '*/', '\n', ' ', ';', 'ä', '1', '$1'), { maxLength: 12 });
    const quotes = fc.constantFrom(literal, dollarQuoted);
    fc.assert(
      fc.property(hostile, hostile, quotes, hostile, (before, after, quote, name) => {
        const value = quote(`${before.join('')}${canary}${after.join('')}`);
        const text = statementText(`UPDATE t SET ${ident(`n${name.join('')}`)} = ${value}, b = ${value} WHERE x=${value}`);
        expect(text).not.toContain(canary);
      }),
      { numRuns: 2000 },
    );
  });

  it('goes by its first word', () => {
    expect(statementVerb('\n  merge into t')).toBe('MERGE');
    expect(statementVerb('')).toBe('STATEMENT');
  });
});
