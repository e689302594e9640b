/** The portal's few pictures, drawn on a 16-px grid in the text's colour. All are decoration: names stand beside them. */
import { Icon, type IconProps } from './icon.tsx';

/** The portal's mark: a badge with a keyhole. Coloured by its parent. */
export function BadgeMark({ size = 24 }: IconProps) {
  return (
    <svg width={size} height={size} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path
        fill="var(--mantine-color-blue-6)"
        d="M12 1.5 3.5 4.6v6.6c0 5.3 3.5 9.3 8.5 11.3 5-2 8.5-6 8.5-11.3V4.6Z"
      />
      <circle cx="12" cy="9.6" r="2.6" fill="none" stroke="#fff" strokeWidth="1.7" />
      <path d="M12 12.2v5M12 15h2.2" fill="none" stroke="#fff" strokeWidth="1.7" strokeLinecap="round" />
    </svg>
  );
}

export const ChevronDownIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m4.5 6.5 3.5 3.5 3.5-3.5" />
  </Icon>
);

export const SunIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="2.75" />
    <path d="M8 1.5v1M8 13.5v1M1.5 8h1M13.5 8h1M3.4 3.4l.7.7M11.9 11.9l.7.7M3.4 12.6l.7-.7M11.9 4.1l.7-.7" />
  </Icon>
);

export const MoonIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M13.25 9.6A5.5 5.5 0 0 1 6.4 2.75a5.5 5.5 0 1 0 6.85 6.85Z" />
  </Icon>
);

export const ScreenIcon = (props: IconProps) => (
  <Icon {...props}>
    <rect x="1.75" y="2.75" width="12.5" height="8.5" rx="1.25" />
    <path d="M5.5 14h5" />
  </Icon>
);

export const EyeIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z" />
    <circle cx="8" cy="8" r="2" />
  </Icon>
);

export const EyeOffIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="M6.4 3.7A6.7 6.7 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-1.9 2.3M4.3 4.6A10.6 10.6 0 0 0 1.5 8S4 12.5 8 12.500a6.3 6.3 0 0 0 3.3-.900M2.5 2.500l11 11" />
  </Icon>
);

export const KeyIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="5" cy="10.75" r="3" />
    <path d="m7.2 8.6 6-6M10.5 5.300l2 2" />
  </Icon>
);

export const CheckIcon = (props: IconProps) => (
  <Icon {...props}>
    <path d="m3.25 8.5 3.25 3.25 6.25-7" />
  </Icon>
);

export const DotIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="2" />
  </Icon>
);

export const AlertIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="6.25" />
    <path d="M8 4.750v4M8 11.200v.05" />
  </Icon>
);

export const InfoIcon = (props: IconProps) => (
  <Icon {...props}>
    <circle cx="8" cy="8" r="6.25" />
    <path d="M8 7.500v3.750M8 4.800v.05" />
  </Icon>
);

export const PlusIcon = () => (
  <Icon>
    <path d="M8 3v10M3 8h10" />
  </Icon>
);

export const SearchIcon = () => (
  <Icon>
    <circle cx="7" cy="7" r="4.25" />
    <path d="m10.25 10.25 3.25 3.25" />
  </Icon>
);

export const CalendarIcon = () => (
  <Icon>
    <rect x="2.25" y="3.25" width="11.5" height="10.5" rx="1.5" />
    <path d="M2.5 6.75h11M5.5 1.75v3M10.5 1.75v3" />
  </Icon>
);

export const MoreIcon = () => (
  <svg width={16} height={16} viewBox="0 0 16 16" fill="currentColor" aria-hidden="true" focusable="false">
    <circle cx="3" cy="8" r="1.4" />
    <circle cx="8" cy="8" r="1.4" />
    <circle cx="13" cy="8" r="1.4" />
  </svg>
);

export const TrashIcon = () => (
  <Icon>
    <path d="M2.5 4.25h11M6 4V2.5h4V4M4 4.5l.6 8.25a1 1 0 0 0 1 .9h4.8a1 1 0 0 0 1-.9L12 4.5M6.75 7v4M9.25 7v4" />
  </Icon>
);

export const CopyIcon = () => (
  <Icon>
    <rect x="5.75" y="5.75" width="7.5" height="7.5" rx="1.25" />
    <path d="M3.5 10.25h-.25a1 1 0 0 1-1-1v-6a1 1 0 0 1 1-1h6a1 1 0 0 1 1 1v.25" />
  </Icon>
);

/** The direction of a sorted column; without one, that it can be sorted. */
export const SortIcon = ({ direction }: { direction: 'ascending' | 'descending' | 'none' }) => (
  <Icon size={14}>
    {direction !== 'descending' && (
      <path d={direction === 'none' ? 'm5 6.25 3-3 3 3' : 'm4.5 9.75 3.5-3.5 3.5 3.5'} />
    )}
    {direction !== 'ascending' && (
      <path d={direction === 'none' ? 'm5 9.75 3 3 3-3' : 'm4.5 6.25 3.5 3.5 3.5-3.5'} />
    )}
  </Icon>
);
