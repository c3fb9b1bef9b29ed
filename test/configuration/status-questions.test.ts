import { describe, expect, it } from 'vitest';
import { contacts, tasks } from '../../configuration/built-in.ts';
import { checkConfig } from '../../configuration/load-config.ts';
import { statusQuestions } from '../../configuration/status-questions.ts';

/** The condition of the rows that a status counts, with its line breaks as spaces. */
function counted(collection: object): string | undefined {
  const [link] = checkConfig({ links: [{ tenant: 'acme', environment: 'test', link: 'hub', collections: [contacts, { ...collection, name: 'own' }] }] }).links;
  return link === undefined ? undefined : statusQuestions(link).at(-1)?.condition.replaceAll('\n', ' ');
}

describe('what a status counts', () => {
  const { private: _, ...open } = tasks;

  it('is every row, where nothing keeps one back', () => {
    expect(counted(open)).toBe('true');
  });

  it('leaves out private rows, as the pages do, and those outside the filter', () => {
    expect(counted(contacts)).toBe('(private ) is false');
    const filter = { sql: "status = 'open' or true -- all", columns: ['status'] };
    expect(counted({ ...open, filter })).toBe("(status = 'open' or true -- all )");
    expect(counted({ ...tasks, filter })).toBe("(status = 'open' or true -- all ) and (private ) is false");
  });
});
