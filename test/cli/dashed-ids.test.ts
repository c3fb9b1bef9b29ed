import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { moveDashedIds } from '../../cli/dashed-ids.ts';

const ID = '-Ul5ypNPtx99wC3f5-GABh4fVE3z6olOwTn5MrjfCSE';

/** Runs `tool keys revoke ...` as the command line does, and gives what the command was told. */
async function told(...args: readonly string[]): Promise<{ ids: readonly string[]; reason?: string; kid?: string; json?: boolean }> {
  let given = {};
  const program = new Command('tool').exitOverride().configureOutput({ writeErr: () => {} });
  program
    .command('keys')
    .command('revoke <ids...>')
    .option('--reason <text>')
    .option('--kid <id>')
    .option('--json')
    .action((ids: string[], options: object) => void (given = { ids, ...options }));
  await program.parseAsync(moveDashedIds(program, ['keys', 'revoke', ...args]), { from: 'user' });
  return given as Awaited<ReturnType<typeof told>>;
}

describe('an id that begins with a dash', () => {
  it('is taken wherever it stands', async () => {
    for (const args of [
      [ID, '--reason', 'stolen'],
      ['--reason', 'stolen', ID],
      ['--reason', 'stolen', '--', ID],
    ])
      expect(await told(...args)).toEqual({ ids: [ID], reason: 'stolen' });
    expect(await told('--json', ID)).toEqual({ ids: [ID], json: true });
    expect(await told(`-h${ID.slice(2)}`, 'plain', `--${ID.slice(2)}`)).toEqual({ ids: ['plain', `-h${ID.slice(2)}`, `--${ID.slice(2)}`] });
  });

  it('stays the value of the option before it', async () => {
    expect(await told('plain', '--kid', ID)).toEqual({ ids: ['plain'], kid: ID });
    expect(await told('plain', '--kid', ID, '--reason', ID, ID)).toEqual({ ids: ['plain', ID], kid: ID, reason: ID });
  });

  it('is told from a mistyped option', async () => {
    await expect(told('plain', '--reasn', 'stolen')).rejects.toMatchObject({ code: 'commander.unknownOption' });
    await expect(told(ID, '--reasn', 'stolen')).rejects.toMatchObject({ code: 'commander.unknownOption' });
    await expect(told(ID.slice(0, 42))).rejects.toMatchObject({ code: 'commander.unknownOption' });
  });
});
