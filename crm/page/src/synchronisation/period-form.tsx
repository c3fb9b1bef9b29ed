import { Button, Group, NumberInput, Select } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { sayDone, sayError } from '../app/say-error.ts';
import { useMay } from '../session/session.ts';
import { texts } from '../texts/texts.ts';

const words = texts.options;
const UNITS = { seconds: 1000, minutes: 60_000, hours: 3_600_000 } as const;
type Unit = keyof typeof UNITS;

/** The greatest unit in which a period is a whole number. */
const unitOf = (everyMs: number): Unit => (everyMs % UNITS.hours === 0 ? 'hours' : everyMs % UNITS.minutes === 0 ? 'minutes' : 'seconds');

/** How often one direction of a link happens by itself. */
export function PeriodForm({
  link,
  direction,
  everyMs,
}: {
  readonly link: string;
  readonly direction: 'forward' | 'reverse';
  readonly everyMs: number;
}): ReactNode {
  const mayGovern = useMay('govern');
  const [unit, setUnit] = useState<Unit>(unitOf(everyMs));
  const [count, setCount] = useState<number | string>(everyMs / UNITS[unitOf(everyMs)]);
  const wantedMs = Number(count) * UNITS[unit];
  const save = useMutation({
    mutationFn: () => request('PUT', 'options/period', { link, direction, everyMs: wantedMs }),
    onSuccess: () => {
      sayDone(words.periodSet);
      return queryClient.invalidateQueries({ queryKey: [KEYS.options] });
    },
    onError: sayError,
  });
  const label = direction === 'forward' ? words.forwardEvery : words.reverseEvery;
  const isRight = Number.isInteger(wantedMs) && wantedMs >= 1000;
  return (
    <Group gap="xs" align="flex-end" aria-label={label} role="group" className={mayGovern ? '' : 'read-only'}>
      <NumberInput
        label={label}
        w={190}
        min={1}
        allowDecimal={false}
        value={count}
        onChange={setCount}
        disabled={!mayGovern}
        hideControls
        error={isRight ? null : texts.faults['invalid']}
      />
      <Select
        aria-label={`${label}: ${words.unit}`}
        w={120}
        data={(Object.keys(UNITS) as Unit[]).map((value) => ({ value, label: words.units[value] }))}
        value={unit}
        onChange={(value) => setUnit((value ?? 'minutes') as Unit)}
        allowDeselect={false}
        disabled={!mayGovern}
      />
      {mayGovern && (
        <Button variant="default" disabled={!isRight || wantedMs === everyMs} loading={save.isPending} onClick={() => save.mutate()}>
          {words.set}
        </Button>
      )}
    </Group>
  );
}
