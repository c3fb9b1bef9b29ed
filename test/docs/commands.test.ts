import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { cliTableFaults } from '../../scripts/docs/check-cli-table.ts';
import { unknownCommands } from '../../scripts/docs/check-commands.ts';
import { shownCommands } from '../../scripts/docs/shell-lines.ts';
import { folderWith } from './broken-documents.ts';

const program = new Command('tidegate').option('--json');
program.command('run <id>').option('--json');
program.command('things').alias('stuff').command('list').option('-a, --all');
program.command('pull [collections...]').option('--key <key...>').option('--json');

function faultsOf(text: string): readonly string[] {
  const { root, documents } = folderWith({
    'README.md': text,
    'package.json': '{ "scripts": { "start": "x", "test": "x", "cloud": "x" } }',
    'scripts/here.ts': '',
  });
  return unknownCommands({ root, program, startHelp: '  --once   one cycle\n  --contacts N', processHelp: '\n  tidegate worker  a process' }, documents);
}

const block = (text: string, language = 'sh'): string => `\`\`\`${language}\n${text}\n\`\`\``;

describe('commands in documents', () => {
  it.each([
    '`npm start`',
    '`npm start -- --once --contacts 5`',
    '`npm run cloud -- set contacts x --anything`',
    '`npx tidegate run ID`',
    '`npx tidegate COMMAND`',
    '`tidegate run -- -x7`',
    '`tidegate stuff list --all` and `tidegate --help`',
    '`tidegate things`, `tidegate things list --all`, `tidegate things --help` and `tidegate things COMMAND`',
    '`npx tidegate worker` and `tidegate start --once`',
    '`tidegate pull [COLLECTIONS...] [--key KEY...] [--json]`',
    '`tidegate pull --key=7` and `tidegate things list -a`',
    '`tidegate.config.ts` and `tidegate` alone',
    block('A=b npm start    # --wrong\nnpx tidegate pull \\\n  --key 1'),
    block('npm run gone', 'yaml'),
    block('node scripts/here.ts --x | npm test'),
    block('docker compose exec crm-worker npx tidegate run 1'),
    block('npm ci\nnpx other thing'),
  ])('%s exist', (text) => {
    expect(faultsOf(text)).toEqual([]);
  });

  it.each([
    ['`npm run gone`', 'package.json has no script "gone"'],
    ['`npm start -- --twice`', 'there is no option --twice'],
    ['`npx tidegate gone`', 'tidegate has no command "gone"'],
    ['`tidegate things gone`', 'tidegate things has no command "gone"'],
    ['`tidegate things list --none`', 'there is no option --none'],
    ['`tidegate --fast`', 'there is no option --fast'],
    ['`tidegate run --fast -- ID`', 'there is no option --fast'],
    ['`tidegate run ID --fast`', 'there is no option --fast'],
    ['`tidegate start --twice`', 'there is no option --twice'],
    ['`tidegate pull [--gone=KEY]`', 'there is no option --gone'],
    ['| a |\n|---|\n| `npx tidegate gone` |', 'tidegate has no command "gone"'],
    [block('npx tidegate pull \\\n  --gone 1'), 'there is no option --gone'],
    [block('cd x && npm run gone'), 'package.json has no script "gone"'],
    [block('$ tidegate gone', 'console'), 'tidegate has no command "gone"'],
    [block('timeout 60 tidegate gone'), 'tidegate has no command "gone"'],
    [block('npm test || env A=b npm run gone'), 'package.json has no script "gone"'],
    [block('A=b npx tidegate gone'), 'tidegate has no command "gone"'],
    [block('node scripts/gone.ts'), 'there is no such file'],
    [block('docker compose exec crm-worker npx tidegate gone'), 'tidegate has no command "gone"'],
  ])('%s do not', (text, reason) => {
    expect(faultsOf(text)).toEqual([expect.stringContaining(reason)]);
  });

  it('are taken apart into words, quoted ones whole', () => {
    expect(shownCommands({ language: 'sh', text: 'npm run cloud -- set a "Acme Corporation"; npm test -- x' })).toEqual([
      ['npm', 'run', 'cloud', '--', 'set', 'a', '"Acme Corporation"'],
      ['npm', 'test', '--', 'x'],
    ]);
  });
});

describe('the table of docs/cli.md', () => {
  const rows = (...lines: string[]): string => ['| Command | What |', '|---|---|', ...lines].join('\n');
  const run = '| `run ID` | one run |';
  const pull = '| `pull [COLLECTIONS...] [--key KEY...]` | order in |';

  const list = '| `things list [--all]` | lists |';

  it.each([
    [[run, pull, list], []],
    [[run, pull, list, '', '## Another matter', '', '| Word | What |', '|---|---|', '| `gone` | is no command here |'], []],
    [[run, list], ['docs/cli.md: no row for `pull`']],
    [[run, pull], ['docs/cli.md: no row for `things list`']],
    [[run, list, '| `pull` | order in |'], ['docs/cli.md: `pull` lacks --key']],
    [[run, pull, '| `things list` | lists |'], ['docs/cli.md: `things list` lacks --all']],
    [[run, pull, list, '| `push` | x |'], ['docs/cli.md: tidegate has no command "push"']],
    [['| `run ID [--fast]` | x |', pull, list], ['docs/cli.md: `run` has no option --fast']],
  ])('is held against the program: %j', (lines, faults) => {
    const { root } = folderWith({ 'docs/cli.md': rows(...lines) });
    expect(cliTableFaults(root, program)).toEqual(faults);
  });
});
