import { describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../cli/main.ts';

/** What is printed about a command line that is used wrongly. */
async function toldAbout(...args: readonly string[]): Promise<string> {
  const write = vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  try {
    await expect(runCommandLine(args, {}, () => {})).rejects.toMatchObject({ exitCode: 1 });
    return write.mock.calls.map(([chunk]) => String(chunk)).join('');
  } finally {
    write.mockRestore();
  }
}

describe('who uses the command line wrongly', () => {
  it.each([
    ['a command that there is not', ['frobnicate'], "unknown command 'frobnicate'"],
    ['an argument that is missing', ['record', 'contacts'], "missing required argument 'key'"],
    ['an option that is missing, of a command in a group', ['conflicts', 'keep', '1'], "required option '--reason <text>' not specified"],
  ])('is told where to look: %s', async (_, args, fault) => {
    const told = await toldAbout(...args);
    expect(told).toContain(`error: ${fault}`);
    expect(told).toMatch(/\(--help tells what there is\)\n$/);
  });
});
