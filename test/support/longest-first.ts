import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Test files that take longest, the longest first. A fresh checkout knows no durations, and one of these that began last
 * would keep a single core busy while the others are idle.
 */
const LONGEST = [
  'workflows/kill',
  'page/work',
  'lost-stores/lost-store',
  'package/package',
  'hostile/keys-and-certificates',
  'page/both-pages',
  'workers/stack',
  'page/console',
  'lost-stores/reconcile',
  'lost-stores/restart',
  'page/records',
  'page/every-view',
  'page/cloud-page',
  'workers/real-parts',
  'workers/observed-stack',
  'examples/crm-sales',
];

/** Runs the longest test files first, the others as Vitest would. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      return at === -1 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
