import { Alert, Button, Center, Divider, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect } from 'react';
import { request } from '../request.ts';
import { Sign } from '../sign.tsx';
import { doorTexts, refusalText } from './door-texts.ts';

interface Ways {
  readonly passwords: boolean;
  readonly openId: { readonly name: string } | null;
}

const needed = (value: string): string | null => (value.trim() === '' ? doorTexts.needed : null);

/** The door of a page: e-mail address and password, and the identity provider where there is one. */
export function Door({
  title,
  hint,
  signIn,
  errorText,
}: {
  readonly title: string;
  /** What is behind it, and for whom. */
  readonly hint?: string;
  readonly signIn: (email: string, password: string) => Promise<void>;
  readonly errorText: (error: unknown) => string;
}): ReactNode {
  const form = useForm({ initialValues: { email: '', password: '' }, validate: { email: needed, password: needed } });
  const ways = useQuery({ queryKey: ['ways'], queryFn: () => request<Ways>('GET', 'session/ways'), staleTime: Infinity });
  const mutation = useMutation({ mutationFn: ({ email, password }: typeof form.values) => signIn(email, password) });
  const { passwords = true, openId = null } = ways.data ?? {};
  useEffect(() => {
    document.title = title;
  }, [title]);
  const trouble = mutation.isError ? errorText(mutation.error) : mutation.isIdle ? refusalText(location.search) : undefined;
  return (
    <Center component="main" mih="100vh" p="md" className="door">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={400} radius="lg">
        <form noValidate onSubmit={form.onSubmit((values) => mutation.mutate(values))}>
          <Stack>
            <Group gap="sm">
              <Sign size={32} />
              <Title order={1} size="h3">
                {title}
              </Title>
            </Group>
            {hint !== undefined && (
              <Text size="sm" c="dimmed" className="pretty">
                {hint}
              </Text>
            )}
            {trouble !== undefined && (
              <Alert color="red" role="alert">
                {trouble}
              </Alert>
            )}
            {openId !== null && (
              <Button component="a" href="/api/session/openid" variant={passwords ? 'default' : 'filled'}>
                {doorTexts.provider(openId.name)}
              </Button>
            )}
            {openId !== null && passwords && <Divider label={doorTexts.or} />}
            {passwords && (
              <>
                <TextInput label={doorTexts.email} type="email" autoComplete="username" autoFocus {...form.getInputProps('email')} />
                <PasswordInput label={doorTexts.password} autoComplete="current-password" {...form.getInputProps('password')} />
                <Button type="submit" loading={mutation.isPending}>
                  {doorTexts.submit}
                </Button>
              </>
            )}
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}
