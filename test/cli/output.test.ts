import { describe, expect, it, vi } from 'vitest';
import { type Output, print, printError, processOutput, table } from '../../cli/output.ts';
import { EXIT } from '../../exchange/exit-code.ts';
import { afterDoing } from '../../cli/partly.ts';
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

  it('keeps a row in its line, whatever its cells hold', () => {
    expect(table(['note', 'n'], [['one\r\ntwo\nforged  9', '1']]).split('\n')).toEqual([
      'note               n',
      '-----------------  -',
      'one⏎two⏎forged  9  1',
    ]);
  });

  it('shows control characters to people, and leaves them to programs', () => {
    const printed = (json: boolean, text: string): string => {
      const written: string[] = [];
      const write = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => written.push(String(chunk)) > 0);
      print(processOutput(json), { text }, () => text);
      write.mockRestore();
      return written.join('');
    };
    // Clear the screen; set the title; back to the line's beginning; text from right to left; and what is only text.
    expect(printed(false, 'a\u001b[2Jb')).toBe('a\\u001b[2Jb\n');
    expect(printed(false, '\u009b2J\u0007\rx')).toBe('\\u009b2J\\u0007\\u000dx\n');
    expect(printed(false, 'a\u202Eb')).toBe('a\\u202eb\n');
    expect(printed(false, 'Zoë\t日本\n…')).toBe('Zoë\t日本\n…\n');
    expect(JSON.parse(printed(true, 'a\u001b[2Jb'))).toEqual({ text: 'a\u001b[2Jb' });
  });

  it('notes to people alone, beside what is printed', () => {
    const noted = (json: boolean): string => {
      const written: string[] = [];
      const spies = (['stdout', 'stderr'] as const).map((name) =>
        vi.spyOn(process[name], 'write').mockImplementation((chunk) => written.push(`${name} ${String(chunk)}`) > 0),
      );
      processOutput(json).note('next\u001b[1m');
      for (const spy of spies) spy.mockRestore();
      return written.join('');
    };
    expect([noted(false), noted(true)]).toEqual(['stderr next\\u001b[1m\n', '']);
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
    expect(written.join('')).toContain(`[epoch-stale]\n  No update was performed.\n  Is this normal? ${normal}\n  What to do: ${action}\n`);
    expect(JSON.parse(json.lines.join(''))).toMatchObject({ error: { code: 'epoch-stale', normal, action } });
  });

  it('says what to do where the working folder was removed', () => {
    const output = kept(true);
    const gone = Object.assign(new Error('ENOENT: process.cwd failed'), { code: 'ENOENT', syscall: 'uv_cwd' });
    expect(printError(output, gone)).toBe(EXIT.usage);
    expect(output.lines.join('')).toContain('The working folder is gone');
  });

  it('claims that no update was performed only where that is true', async () => {
    const told = (error: unknown): Record<string, unknown> => {
      const json = kept(true);
      printError(json, error);
      return (JSON.parse(json.lines.join('')) as { error: Record<string, unknown> }).error;
    };
    expect(told(new TidegateError('approval-needed'))).toHaveProperty('noUpdate');
    for (const code of ['run-failed', 'run-cancelled', 'worker-lost'] as const) expect(told(new TidegateError(code))).not.toHaveProperty('noUpdate');
    const lost = Object.assign(new Error('read'), { code: 'ECONNRESET' });
    const partly = afterDoing('a is made', () => afterDoing('b is made', () => Promise.reject(lost)));
    const error = told(await partly.catch((thrown: unknown) => thrown));
    expect(error).toMatchObject({ code: 'database-unavailable', facts: { done: ['a is made', 'b is made'] } });
    expect(error['detail']).toBe('The database could not be reached. Done before: b is made. Done before: a is made.');
    expect(error).not.toHaveProperty('noUpdate');
    expect(await afterDoing('a is made', async () => 7)).toBe(7);
  });
});
