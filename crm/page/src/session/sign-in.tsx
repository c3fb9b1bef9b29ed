import { Alert, Button, Center, Group, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { errorText } from '../app/say-error.ts';
import { Sign } from '../app/sign.tsx';
import { texts } from '../texts/texts.ts';
import { signIn } from './session.ts';

const needed = (value: string): string | null => (value.trim() === '' ? (texts.faults['needed'] ?? '') : null);

/** The door: e-mail address and password. */
export function SignIn(): ReactNode {
  const form = useForm({ initialValues: { email: '', password: '' }, validate: { email: needed, password: needed } });
  const mutation = useMutation({ mutationFn: ({ email, password }: typeof form.values) => signIn(email, password) });
  return (
    <Center component="main" mih="100vh" p="md">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={400} radius="lg">
        <form noValidate onSubmit={form.onSubmit((values) => mutation.mutate(values))}>
          <Stack>
            <Group gap="sm">
              <Sign size={32} />
              <Title order={1} size="h3">
                {texts.appName}
              </Title>
            </Group>
            {mutation.isError && (
              <Alert color="red" role="alert">
                {errorText(mutation.error)}
              </Alert>
            )}
            <TextInput label={texts.signIn.email} type="email" autoComplete="username" autoFocus {...form.getInputProps('email')} />
            <PasswordInput label={texts.signIn.password} autoComplete="current-password" {...form.getInputProps('password')} />
            <Button type="submit" loading={mutation.isPending}>
              {texts.signIn.submit}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
