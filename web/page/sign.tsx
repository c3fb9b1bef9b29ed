import { createContext, type ReactNode, use } from 'react';
import icon from './icon.svg';

/** The picture of the page's sign, where a page has one of its own. */
export const SignPicture = createContext(icon);

/** The sign of the application, for the eye only. */
export function Sign({ size }: { readonly size: number }): ReactNode {
  return <img src={use(SignPicture)} width={size} height={size} alt="" />;
}
