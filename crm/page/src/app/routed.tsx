import { Anchor, type AnchorProps, Button, type ButtonProps, NavLink, type NavLinkProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { ComponentProps, ReactNode } from 'react';

/* Mantine's links, led by the router. */

type RoutedProps<Look> = Look & Omit<ComponentProps<'a'>, keyof Look>;

/** A link in a text, to a view. */
export const RoutedAnchor = createLink((props: RoutedProps<Omit<AnchorProps, 'href'>>): ReactNode => <Anchor {...props} />);

/** A link that looks like a button, to a view. */
export const RoutedButton = createLink((props: RoutedProps<Omit<ButtonProps, 'href'>>): ReactNode => <Button component="a" {...props} />);

/** A link of the main navigation, to a view. */
export const RoutedNavLink = createLink((props: RoutedProps<Omit<NavLinkProps, 'href'>>): ReactNode => <NavLink {...props} />);
