import { Alert, Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { TidegateError } from '../../../exchange/errors.ts';
import { request } from '../request.ts';
import { doorTexts } from './door-texts.ts';

const needed = (value: string): string | null => (value === '' ? doorTexts.needed : null);

/** Changes one's own password. `errorText` says what is not of this form. */
export function PasswordForm({
  done,
  leave,
  leaveText,
  errorText,
}: {
  readonly done: () => void;
  readonly leave: () => void;
  readonly leaveText: string;
  readonly errorText: (error: unknown) => string;
}): ReactNode {
  const form = useForm({
    initialValues: { current: '', next: '', again: '' },
    validate: { current: needed, next: needed, again: (again, { next }) => (again === next ? null : doorTexts.differs) },
  });
  const mutation = useMutation({
    mutationFn: ({ current, next }: typeof form.values) => request('PUT', 'session/password', { current, next }),
    onSuccess: done,
    onError: (error) => {
      if (!(error instanceof TidegateError)) return;
      if (error.code === 'sign-in-failed') form.setFieldError('current', doorTexts.wrongCurrent);
      if (error.code === 'version-conflict') form.setFieldError('current', doorTexts.changedElsewhere);
      if (error.code === 'password-refused') form.setFieldError('next', doorTexts.rules[String(error.facts['rule'])] ?? error.message);
    },
  });
  const elsewhere = mutation.error instanceof TidegateError && ['sign-in-failed', 'version-conflict', 'password-refused'].includes(mutation.error.code);
  return (
    <form noValidate onSubmit={form.onSubmit((values) => mutation.mutate(values))}>
      <Stack>
        {mutation.isError && !elsewhere && (
          <Alert color="red" role="alert">
            {errorText(mutation.error)}
          </Alert>
        )}
        <PasswordInput label={doorTexts.current} autoComplete="current-password" data-autofocus {...form.getInputProps('current')} />
        <PasswordInput label={doorTexts.next} autoComplete="new-password" {...form.getInputProps('next')} />
        <PasswordInput label={doorTexts.again} autoComplete="new-password" {...form.getInputProps('again')} />
        <Text size="sm" c="dimmed">
          {doorTexts.hint}
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={leave}>
            {leaveText}
          </Button>
          <Button type="submit" loading={mutation.isPending}>
            {doorTexts.change}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
