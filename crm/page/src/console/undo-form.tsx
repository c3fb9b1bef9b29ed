import { Alert, Button, Checkbox, Group, Loader, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { request } from '../api/request.ts';
import { ErrorView } from '../app/error-view.tsx';
import { errorText } from '../app/say-error.ts';
import { reasonText } from '../texts/reason-text.ts';
import { texts } from '../texts/texts.ts';
import { undoTexts } from '../texts/undo-texts.ts';
import { UndoOutcome } from './undo-outcome.tsx';
import { UndoPreview } from './undo-preview.tsx';
import { useWorkedOutPlan } from './use-worked-out-plan.ts';

const words = undoTexts;

/** Least length of a reason, as the API wants it. */
const MIN_REASON = 3;

/** What the undo of a run would put back, the question whether it shall, and what became of it. */
export function UndoForm({ link, run, close }: { readonly link: string; readonly run: string; readonly close: () => void }): ReactNode {
  const { plan, error } = useWorkedOutPlan('undo/preview', { link, run });
  const [exceptEdited, setExceptEdited] = useState(false);
  const form = useForm({
    initialValues: { reason: '' },
    validate: { reason: (reason) => (reason.trim().length < MIN_REASON ? (texts.faults['needed'] ?? '') : null) },
  });
  const undo = useMutation({
    mutationFn: (reason: string) => request<{ undo: number }>('POST', 'undo', { link, run, exceptEdited, reason }),
  });
  if (error !== null) return <ErrorView error={error} />;
  if (undo.data !== undefined) return <UndoOutcome undo={undo.data.undo} close={close} />;
  if (plan === undefined)
    return (
      <Group>
        <Loader size="sm" aria-label={texts.common.loading} />
        <Text size="sm">{words.looking}</Text>
      </Group>
    );
  if (plan.state === 'failed')
    return (
      <Alert color="red" role="alert">
        {reasonText(plan.errorCode ?? 'unexpected')} {words.failed}
      </Alert>
    );
  const sum = (of: 'insert' | 'update' | 'delete' | 'quarantined'): number => (plan.result ?? []).reduce((total, forecast) => total + forecast[of], 0);
  const [back, values, gone, refused] = [sum('insert'), sum('update'), sum('delete'), sum('quarantined')];
  const isEmpty = back + values + gone === 0;
  return (
    <form onSubmit={form.onSubmit(({ reason }) => undo.mutate(reason.trim()))}>
      <Stack gap="sm">
        <Text size="sm">{isEmpty ? words.nothing : `${words.puts(back, gone, values)} ${words.travels}`}</Text>
        <UndoPreview differences={plan.differences} refused={refused} />
        {!isEmpty && refused > 0 && (
          <Checkbox
            label={words.except}
            description={words.needsExcept}
            checked={exceptEdited}
            onChange={(event) => setExceptEdited(event.currentTarget.checked)}
          />
        )}
        {undo.error !== null && (
          <Alert color="red" role="alert">
            {errorText(undo.error)}
          </Alert>
        )}
        {!isEmpty && <TextInput label={texts.common.reason} withAsterisk maxLength={500} {...form.getInputProps('reason')} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            {texts.common.cancel}
          </Button>
          {!isEmpty && (
            <Button type="submit" color="red.9" loading={undo.isPending} disabled={refused > 0 && !exceptEdited}>
              {words.undo}
            </Button>
          )}
        </Group>
      </Stack>
    </form>
  );
}
