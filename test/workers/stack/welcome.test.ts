import { describe, expect, it } from 'vitest';
import { commandsToCopy } from '../../../workers/stack/welcome.ts';

const usual = {
  link: { tenant: 'acme', environment: 'development', link: 'hub' },
  isOnlyLink: true,
  cloud: { embedded: true, database: 'tidegate_cloud' },
  collection: 'contacts',
  key: ['7'],
  field: 'jobTitle',
} as const;
const commands = (changed: Partial<Parameters<typeof commandsToCopy>[0]> = {}) =>
  commandsToCopy({ ...usual, ...changed }).map((line) => line.trim().replace(/at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/, 'at TIME'));

describe('the commands to copy', () => {
  it('change a record, order it in, and show it', () => {
    expect(commands()).toEqual([
      'npx tidegate cloud set contacts 7 jobTitle="Changed in the cloud at TIME"',
      'npx tidegate pull contacts',
      'npx tidegate record contacts 7',
    ]);
  });

  it('say whose record it is where that is not the tenant of the sample, and which database is meant where it is a real one', () => {
    const [set] = commands({ link: { ...usual.link, tenant: 'globex' }, cloud: { embedded: false, database: 'the hub' } });
    expect(set).toBe(`npx tidegate cloud set contacts 7 jobTitle="Changed in the cloud at TIME" --tenant globex --database 'the hub'`);
  });

  it('name the link where there are several: the command line would ask for it', () => {
    expect(commands({ isOnlyLink: false }).slice(1)).toEqual([
      'npx tidegate pull contacts --link acme/development/hub',
      'npx tidegate record contacts 7 --link acme/development/hub',
    ]);
  });

  it('have every value of a key as one word of the shell', () => {
    expect(commands({ key: [`O'Hara & Sons`] })[0]).toContain(`set contacts 'O'\\''Hara & Sons' jobTitle=`);
    const [set, , record] = commands({ key: ['a b', '7'] });
    expect(set).toContain(`set contacts 'a b,7' jobTitle`);
    expect(record).toBe(`npx tidegate record contacts 'a b' 7`);
    // The key of one field may have a comma in it.
    expect(commands({ key: ['a,b'] })[2]).toBe(`npx tidegate record contacts 'a,b'`);
  });
});
