/**
 * How the portal looks: a calm cloud console. White or near-black surface, one blue accent, 4-px steps, visible
 * focus, motion under 150 ms. Every text colour has at least 4.5:1 on its surface in both schemes (WCAG 2.2, 1.4.3).
 * What reaches beyond single components is in theme.css.
 */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const blue: MantineColorsTuple = [
  '#eef4ff',
  '#dbe7fe',
  '#b9d0fd',
  '#8fb4fb',
  '#6f9ff8',
  '#3f7cf0',
  '#1d5fd1',
  '#184fb0',
  '#15438f',
  '#113571',
];

/** Filled (6) under white text, and as text on white, it has more than 4.5:1. */
const red: MantineColorsTuple = [
  '#fff1f1',
  '#fde3e3',
  '#fbd0d0',
  '#f5a9a9',
  '#ff8a8a',
  '#e0484d',
  '#c0282d',
  '#a01f24',
  '#80191d',
  '#651216',
];

const gray: MantineColorsTuple = [
  '#f8f9fb',
  '#f1f3f6',
  '#e6e9ee',
  '#d9dde4',
  '#c3c9d2',
  '#8b93a1',
  '#5b6472',
  '#454d5a',
  '#2f3641',
  '#181c22',
];

/** From text (0) to the page (7) and below it (9). */
const dark: MantineColorsTuple = [
  '#e3e6eb',
  '#c0c6cf',
  '#9ba3af',
  '#818a97',
  '#343a44',
  '#262b33',
  '#181b21',
  '#0f1115',
  '#0b0d10',
  '#07080a',
];

/** Opening and closing take this long, in milliseconds; nothing where the system asks for less motion. */
const motionMs = 120;
const fade = { transition: 'fade', duration: motionMs } as const;

const fontFamily =
  "Inter, ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif, 'Apple Color Emoji', 'Segoe UI Emoji'";

/** Names that components of the theme say themselves, in the reader's language. */
export interface ThemeTexts {
  close: string;
}

export const makeTheme = ({ close }: ThemeTexts) =>
  createTheme({
    primaryColor: 'blue',
    primaryShade: { light: 6, dark: 6 },
    colors: { blue, red, gray, dark },
    black: '#181c22',
    fontFamily,
    fontFamilyMonospace:
      "ui-monospace, SFMono-Regular, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace",
    headings: {
      fontFamily,
      fontWeight: '600',
      textWrap: 'balance',
      sizes: {
        h1: { fontSize: '1.5rem', lineHeight: '2rem' },
        h2: { fontSize: '1rem', lineHeight: '1.5rem' },
        h3: { fontSize: '0.875rem', lineHeight: '1.25rem' },
      },
    },
    fontSizes: { xs: '0.75rem', sm: '0.875rem', md: '0.9375rem', lg: '1.0625rem', xl: '1.25rem' },
    lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
    spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
    radius: { xs: '3px', sm: '4px', md: '6px', lg: '10px', xl: '16px' },
    defaultRadius: 'md',
    shadows: {
      xs: '0 1px 2px rgb(16 24 40 / 6%)',
      sm: '0 1px 3px rgb(16 24 40 / 10%)',
      md: '0 4px 16px -4px rgb(16 24 40 / 16%)',
      lg: '0 12px 32px -8px rgb(16 24 40 / 22%)',
      xl: '0 20px 48px -12px rgb(16 24 40 / 28%)',
    },
    cursorType: 'pointer',
    focusRing: 'auto',
    respectReducedMotion: true,
    // By name, not by component: a page that shows no dialog need not load one.
    components: {
      Modal: { defaultProps: { transitionProps: fade, centered: true, radius: 'lg' } },
      // It is no banner of the page, whatever its element.
      ModalHeader: { defaultProps: { role: 'presentation' } },
      ModalCloseButton: { defaultProps: { 'aria-label': close } },
      // Opened, a menu puts the focus on its first item.
      Menu: { defaultProps: { transitionProps: fade, shadow: 'md', withInitialFocusPlaceholder: false } },
      Popover: { defaultProps: { transitionProps: fade, shadow: 'md' } },
      Tooltip: {
        defaultProps: { transitionProps: fade, events: { hover: true, focus: true, touch: true } },
      },
      Notification: { defaultProps: { withBorder: true, closeButtonProps: { 'aria-label': close } } },
      Anchor: { defaultProps: { underline: 'always' } },
      Tabs: { classNames: { list: 'text-tabs', tab: 'text-tab' } },
    },
  });

/** The colours that Mantine derives too faint for small text, put right for both schemes. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-dimmed': 'var(--mantine-color-gray-6)',
    '--mantine-color-placeholder': '#6b7380',
    '--mantine-color-error': '#c0282d',
    '--mantine-color-success': '#1a7f4b',
    '--mantine-color-default-border': 'var(--mantine-color-gray-4)',
    '--portal-line': 'var(--mantine-color-gray-2)',
    '--portal-inset': 'var(--mantine-color-gray-0)',
    '--portal-accent': 'var(--mantine-color-blue-6)',
  },
  dark: {
    '--mantine-color-body': 'var(--mantine-color-dark-7)',
    '--mantine-color-dimmed': 'var(--mantine-color-dark-2)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-3)',
    '--mantine-color-error': '#ff8a8a',
    '--mantine-color-success': '#5fd39a',
    '--mantine-color-anchor': 'var(--mantine-color-blue-3)',
    '--mantine-color-default-border': 'var(--mantine-color-dark-4)',
    '--portal-line': 'var(--mantine-color-dark-5)',
    '--portal-inset': 'var(--mantine-color-dark-6)',
    '--portal-accent': 'var(--mantine-color-blue-4)',
  },
});
