import { Alert, Button, Checkbox, Group, Loader, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { KEYS, queryClient } from '../api/query-client.ts';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { sayDone, sayError } from '../app/say-error.ts';
import { fieldLabel } from '../texts/field-label.ts';
import { asideText, reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import type { AsideDetail } from './answers.ts';

const words = texts.console.aside;

/** Least length of a reason, as the API wants it. */
const MIN_REASON = 3;

/** A record set aside with its values: they are edited, tried again as they are, or given up; each with a reason. */
export function SetAsideForm({ id, close }: { readonly id: string; readonly close: () => void }): ReactNode {
  const { data, error } = useQuery({
    queryKey: [KEYS.status, 'set-aside', id],
    queryFn: () => request<AsideDetail>('GET', `set-aside/${id}`),
    refetchOnWindowFocus: false,
  });
  if (error !== null) return <ErrorView error={error} />;
  return data === undefined ? <Loader aria-label={texts.common.loading} /> : <Mend detail={data} close={close} />;
}

function Mend({ detail, close }: { readonly detail: AsideDetail; readonly close: () => void }): ReactNode {
  const [values, setValues] = useState<Readonly<Record<string, string | null>>>({});
  const [reason, setReason] = useState('');
  const act = useMutation({
    mutationFn: (path: 'edit' | 'retry' | 'discard') =>
      request('POST', `set-aside/${detail.id}/${path}`, { reason: reason.trim(), ...(path === 'edit' ? { values } : {}) }),
    onSuccess: (_answer, path) => {
      sayDone(words.done[path]);
      close();
    },
    onError: sayError,
    onSettled: () => queryClient.invalidateQueries({ queryKey: [KEYS.status] }),
  });
  const isReason = reason.trim().length >= MIN_REASON;
  const isEdited = Object.keys(values).length > 0;
  // Fields that made it fail first, then what else was changed; the rest is as both sides have it.
  const faulty = detail.field?.split(', ') ?? [];
  const shown = [...new Set([...faulty, ...detail.changed])].filter((field) => Object.hasOwn(detail.record, field));
  return (
    <Stack gap="sm">
      <Alert color="red" title={words.hints[detail.direction]}>
        <Text size="sm" className="breakable">
          {asideText(detail)}
        </Text>
      </Alert>
      {detail.direction === 'forward' && <Text size="sm">{words.atTheCloud}</Text>}
      {detail.direction === 'reverse' &&
        shown.map((field) => {
          const value = Object.hasOwn(values, field) ? (values[field] ?? null) : (detail.record[field] ?? null);
          return (
            <Group key={field} align="end" wrap="nowrap" gap="xs">
              <Textarea
                className="grow"
                label={fieldLabel(field)}
                autosize
                maxRows={8}
                disabled={value === null}
                value={value ?? ''}
                onChange={(event) => setValues((old) => ({ ...old, [field]: event.target.value }))}
              />
              <Checkbox
                mb={8}
                label={words.empty}
                aria-label={words.emptyOf(fieldLabel(field))}
                checked={value === null}
                onChange={(event) => setValues((old) => ({ ...old, [field]: event.target.checked ? null : (detail.record[field] ?? '') }))}
              />
            </Group>
          );
        })}
      {detail.attempts.length > 0 && (
        <Text size="sm" c="dimmed">
          {words.tried(detail.attempts.length, lastReason(detail))}
        </Text>
      )}
      <TextInput label={texts.common.reason} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} required />
      <Group justify="flex-end" gap="xs">
        <Button variant="default" disabled={!isReason} loading={act.isPending} onClick={() => act.mutate('discard')}>
          {words.discard}
        </Button>
        <Button variant="default" disabled={!isReason || isEdited} loading={act.isPending} onClick={() => act.mutate('retry')}>
          {words.retry}
        </Button>
        {detail.direction === 'reverse' && (
          <Button disabled={!isReason || !isEdited} loading={act.isPending} onClick={() => act.mutate('edit')}>
            {words.edit}
          </Button>
        )}
      </Group>
    </Stack>
  );
}

/** Why it could not be taken the last time; null where no reason is known. */
function lastReason({ attempts }: AsideDetail): string | null {
  const code = attempts.at(-1)?.errorCode ?? null;
  return code === null ? null : reasonText(code);
}
