import { UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { type ReactNode, useEffect, useRef } from 'react';

const STATES = { asc: 'ascending', desc: 'descending' } as const;
const ICONS = { asc: IconArrowUp, desc: IconArrowDown } as const;

/**
 * Heading of a column by which a list can be sorted: a button, in a heading that says how it is sorted (`aria-sort`). The table's own
 * sortable headings are buttons instead of headings, and speak English alone.
 */
export function SortHeading({
  title,
  hint,
  sorted,
  sort,
}: {
  readonly title: string;
  /** Names what the button does. */
  readonly hint: string;
  /** How the list is sorted by this column; undefined where it is by another. */
  readonly sorted: 'asc' | 'desc' | undefined;
  readonly sort: (direction: 'asc' | 'desc') => void;
}): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // The table hands no attribute on to its headings.
    button.current?.closest('th')?.setAttribute('aria-sort', sorted === undefined ? 'none' : STATES[sorted]);
  }, [sorted]);
  const Icon = sorted === undefined ? IconArrowsSort : ICONS[sorted];
  return (
    <UnstyledButton ref={button} className="sort-heading" title={hint} onClick={() => sort(sorted === 'asc' ? 'desc' : 'asc')}>
      {title}
      <Icon size={14} aria-hidden opacity={sorted === undefined ? 0.5 : 1} />
    </UnstyledButton>
  );
}
