import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';

const ferry: MantineColorsTuple = [
  '#e6f8fb',
  '#d3edf2',
  '#a7dbe5',
  '#77c7d6',
  '#50b6ca',
  '#37acc2',
  '#1f93ab',
  '#0f7d93',
  '#0b6e83',
  '#005c70',
];

/** Mantine's greys of the dark scheme, a shade bluer. */
const dark: MantineColorsTuple = [
  '#d3dae0',
  '#bcc6cf',
  '#98a5b0',
  '#6c7984',
  '#3d4852',
  '#333d46',
  '#262e36',
  '#1b2228',
  '#151b20',
  '#10151a',
];

export const theme = createTheme({
  primaryColor: 'ferry',
  primaryShade: { light: 8, dark: 7 },
  colors: { ferry, dark },
  autoContrast: true,
  luminanceThreshold: 0.36,
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: '650' },
  defaultRadius: 'md',
  components: {
    // A badge is a word: cut to “Mis…” it says nothing.
    Badge: { defaultProps: { miw: 'max-content' } },
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
  },
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** Where Mantine's own greys, and its red of errors, are too faint for WCAG AA. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#52606b',
    '--mantine-color-placeholder': '#697782',
    '--mantine-color-error': '#c92a2a',
  },
  dark: {
    '--mantine-color-dimmed': '#9aa8b3',
    '--mantine-color-placeholder': '#8793a0',
    '--mantine-color-error': '#ff8787',
  },
});

/** What the API has put into the page, so that style elements made here pass its content security policy. */
export function cspNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
