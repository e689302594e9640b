/** One picture on the portal's 16-px grid, in the text's colour. Decoration: a name stands beside it. */
import type { ReactNode } from 'react';

export interface IconProps {
  /** Width and height in CSS pixels; default 16. */
  size?: number;
}

export function Icon({ size = 16, children }: IconProps & { children: ReactNode }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  );
}
