/** Pictures of the token pages, on the 16-px grid of the shell's. Decoration: names stand beside them. */
import { Icon } from '../shell/icon.tsx';

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

export const CrossIcon = () => (
  <Icon size={14}>
    <path d="m4 4 8 8M12 4l-8 8" />
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
