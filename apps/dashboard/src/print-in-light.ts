/** Paper is white: while the page is printed it has the light scheme, whichever the screen has. */
export function printInLight(): void {
  const root = document.documentElement;
  const scheme = 'data-mantine-color-scheme';
  let onScreen: string | null = null;
  const print = () => {
    onScreen ??= root.getAttribute(scheme);
    root.setAttribute(scheme, 'light');
  };
  const show = () => {
    if (onScreen !== null) root.setAttribute(scheme, onScreen);
    onScreen = null;
  };
  window.addEventListener('beforeprint', print);
  window.addEventListener('afterprint', show);
  window.matchMedia('print').addEventListener('change', ({ matches }) => (matches ? print() : show()));
}
