import { Button, Group, Select, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactNode } from 'react';
import { Dialog } from '../dialog.tsx';
import { peopleTexts } from './people-texts.ts';

/** A role that can be given, and what it is called. */
export interface RoleChoice<Role extends string> {
  readonly value: Role;
  readonly label: string;
}

/** Asks who is to be added. */
export function AddAccount<Role extends string>({
  title,
  roles,
  usual,
  words,
  opened,
  close,
  busy,
  add,
}: {
  readonly title: string;
  readonly roles: readonly RoleChoice<Role>[];
  /** The role that is proposed. */
  readonly usual: Role;
  readonly words: { readonly close: string; readonly cancel: string };
  readonly opened: boolean;
  readonly close: () => void;
  readonly busy: boolean;
  readonly add: (user: { readonly email: string; readonly name: string; readonly role: Role }) => void;
}): ReactNode {
  const form = useForm<{ email: string; name: string; role: Role }>({
    initialValues: { email: '', name: '', role: usual },
    validate: {
      email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : peopleTexts.emailFault),
      name: (name) => (name.trim() === '' ? peopleTexts.needed : null),
    },
  });
  return (
    <Dialog opened={opened} close={close} title={title} closeText={words.close}>
      <form noValidate onSubmit={form.onSubmit(add)}>
        <Stack>
          <TextInput label={peopleTexts.name} withAsterisk autoComplete="off" data-autofocus {...form.getInputProps('name')} />
          <TextInput label={peopleTexts.email} type="email" withAsterisk autoComplete="off" {...form.getInputProps('email')} />
          <Select label={peopleTexts.role} data={[...roles]} allowDeselect={false} {...form.getInputProps('role')} />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {words.cancel}
            </Button>
            <Button type="submit" loading={busy}>
              {title}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
