import { createTheme, type MantineColorsTuple } from '@mantine/core';

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

export const theme = createTheme({
  primaryColor: 'ferry',
  primaryShade: { light: 8, dark: 6 },
  colors: { ferry },
  autoContrast: true,
  luminanceThreshold: 0.36,
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SFMono-Regular', 'Cascadia Mono', 'DejaVu Sans Mono', monospace",
  headings: { fontFamily: "'Inter Variable', system-ui, sans-serif", fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
});

/** What the API has put into the page, so that style elements made here pass its content security policy. */
export function cspNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
}
