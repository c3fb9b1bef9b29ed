import { describe, expect, it, vi } from 'vitest';
import { EXIT, type Output, print, printError, table } from '../../cli/output.ts';
import { ERROR_CATALOGUE } from '../../exchange/error-catalogue.ts';
import { TidegateError } from '../../exchange/errors.ts';

/** An output that keeps what is written. */
function kept(json: boolean): Output & { readonly lines: string[] } {
  const lines: string[] = [];
  return { json, lines, write: (text) => void lines.push(text), note: () => {} };
}

describe('output', () => {
  it('is text for people, or one JSON document', () => {
    const [text, json] = [kept(false), kept(true)];
    print(text, { a: 1 }, () => 'one');
    print(json, { a: 1 }, () => 'one');
    expect(text.lines).toEqual(['one']);
    expect(JSON.parse(json.lines.join('\n'))).toEqual({ a: 1 });
  });

  it('puts columns under one another', () => {
    expect(
      table(
        ['name', 'n'],
        [
          ['a', '1'],
          ['longer', '22'],
        ],
      ),
    ).toBe('name    n\n------  --\na       1\nlonger  22');
  });

  it('tells errors by code, and by exit code what kind they are', () => {
    const output = kept(true);
    expect(printError(output, new TidegateError('collection-unknown', undefined, { collection: 'x' }))).toBe(EXIT.failed);
    expect(printError(output, new TidegateError('bad-request'))).toBe(EXIT.usage);
    expect(printError(output, new TidegateError('configuration-invalid'))).toBe(EXIT.usage);
    expect(printError(output, new TidegateError('temporal-unavailable'))).toBe(EXIT.unavailable);
    expect(printError(output, new TidegateError('not-running'))).toBe(EXIT.unavailable);
    expect(printError(output, new Error('boom'))).toBe(EXIT.failed);
    expect(JSON.parse(output.lines[0] ?? '')).toMatchObject({ error: { code: 'collection-unknown', noUpdate: 'No update was performed.' } });
    expect(output.lines.join()).not.toContain('boom');
  });

  it('says of an error whether it is normal and what to do, to people and as JSON', () => {
    const { normal, action } = ERROR_CATALOGUE['epoch-stale'];
    const [text, json] = [kept(false), kept(true)];
    const written: string[] = [];
    const write = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
    printError(text, new TidegateError('epoch-stale'));
    write.mockRestore();
    printError(json, new TidegateError('epoch-stale'));
    expect(written.join('')).toContain(`[epoch-stale]\n  Is this normal? ${normal}\n  What to do: ${action}\n`);
    expect(JSON.parse(json.lines.join(''))).toMatchObject({ error: { code: 'epoch-stale', normal, action } });
  });
});
