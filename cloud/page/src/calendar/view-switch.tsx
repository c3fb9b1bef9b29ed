import { SegmentedControl } from '@mantine/core';
import type { ReactNode } from 'react';
import { texts } from '../texts/texts.ts';

const VIEWS = (['list', 'calendar'] as const).map((value) => ({ value, label: texts.calendar.views[value] }));

/** Whether a collection with times is shown as a list or as a calendar. */
export function ViewSwitch({ view, change }: { readonly view: 'list' | 'calendar'; readonly change: (view: 'list' | 'calendar') => void }): ReactNode {
  return <SegmentedControl aria-label={texts.calendar.shownAs} value={view} onChange={(value) => change(value as 'list' | 'calendar')} data={VIEWS} />;
}
