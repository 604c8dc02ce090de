import { isWithin } from './section.tsx';

/** Moves the focus to the first field, from the top of the form, that one of these errors is about. */
export function focusFirst(form: HTMLElement, paths: readonly string[]): void {
  const wrong = new Set(paths.flatMap((path) => fieldOf(form, path) ?? []));
  const [first] = fieldsOf(form).filter((field) => wrong.has(field));
  if (first) focus(first);
}

/** Moves the focus to the field of an error. */
export function focusField(form: HTMLElement, path: string): void {
  const field = fieldOf(form, path);
  if (field) focus(field);
}

function fieldsOf(form: HTMLElement): HTMLElement[] {
  return [...form.querySelectorAll<HTMLElement>('[data-field]')];
}

/** The narrowest field that holds the path; where none does, the first within it. */
function fieldOf(form: HTMLElement, path: string): HTMLElement | undefined {
  const name = (field: HTMLElement) => field.dataset.field ?? '';
  const fields = fieldsOf(form);
  const [holder] = fields
    .filter((field) => isWithin(path, name(field)))
    .toSorted((a, b) => name(b).length - name(a).length);
  return holder ?? fields.find((field) => isWithin(name(field), path));
}

const focusable = 'input:not([type="hidden"]):not(:disabled), textarea:not(:disabled), button:not(:disabled)';

function focus(field: HTMLElement): void {
  const target =
    field.querySelector<HTMLElement>('[aria-invalid="true"]') ??
    (field.matches(focusable) ? field : field.querySelector<HTMLElement>(focusable));
  // What stands above it, its label, is to be seen too.
  target?.focus({ preventScroll: true });
  (target ?? field).scrollIntoView({ block: 'center' });
}
