import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Test files that take longest, the longest first. A fresh checkout knows no durations, and one of these that began last
 * would keep a single core busy while the others are idle.
 */
const LONGEST = [
  'page/every-view',
  'page/both-pages',
  'lost-stores/lost-store',
  'workflows/kill',
  'page/work',
  'package/package',
  'hostile/keys-and-certificates',
  'workers/stack',
  'page/console',
  'bench/small-bench',
  'lost-stores/reconcile',
  'lost-stores/restart',
  'page/records',
  'page/cloud-page',
  'workers/real-parts',
  'workers/observed-stack',
  'examples/crm-sales',
  'docs/repository',
  'adaptor/data/quiescence',
  'embedded/supervisor',
  'embedded/postgres-cluster',
  'cloud/producer/reverse',
];

/** Runs the longest test files first, the others as Vitest would; those that share processes follow each other, at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId, project }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`));
      if (at !== -1) return at;
      return LONGEST.length + (project.config.isolate ? 0 : 1);
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
