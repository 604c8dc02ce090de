import type { JsonSchema } from '@keyferry/core';
import { Card, Stack, Text, UnstyledButton } from '@mantine/core';
import { type KeyboardEvent, memo, type RefObject, useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import { type Completion, completionsAt } from './complete.ts';
import looks from './document-editor.module.css';
import { insertText } from './insert-text.ts';
import type { Fault } from './read-document.ts';

interface DocumentEditorProps {
  label: string;
  text: string;
  onChange: (text: string) => void;
  schema: JsonSchema;
  faults: readonly Fault[];
}

/** A text field for YAML: line numbers, errors at their lines, and what may be written at the cursor. Ctrl+Space chooses from it. */
export function DocumentEditor({ label, text, onChange, schema, faults }: DocumentEditorProps) {
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const gutter = useRef<HTMLPreElement>(null);
  const [offset, setOffset] = useState(0);
  const [chosen, setChosen] = useState<number | null>(null);
  const followed = useDeferredValue(text);
  const here = useMemo(
    () => completionsAt(followed, Math.min(offset, followed.length), schema),
    [followed, offset, schema],
  );
  const options = here.options.slice(0, mostOptions);
  const active = chosen === null || options.length === 0 ? null : Math.min(chosen, options.length - 1);

  const follow = () => setOffset(field.current?.selectionStart ?? 0);
  const insert = ({ insert: written }: Completion) => {
    if (field.current === null) return;
    field.current.focus();
    field.current.setSelectionRange(here.from, field.current.selectionStart);
    insertText(field.current, written);
    setChosen(null);
    follow();
  };
  const goTo = (line: number) => {
    const at = startOfLine(text, line);
    field.current?.focus();
    field.current?.setSelectionRange(at, at);
    if (field.current) field.current.scrollTop = Math.max(0, (line - 5) * lineHeight);
    follow();
  };
  const press = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const { key, ctrlKey } = event;
    if (key === ' ' && ctrlKey) setChosen(0);
    else if (key === 'Escape' && chosen !== null) setChosen(null);
    else if (active !== null && key === 'ArrowDown') setChosen((active + 1) % options.length);
    else if (active !== null && key === 'ArrowUp') setChosen((active + options.length - 1) % options.length);
    else if (active !== null && key === 'Enter' && options[active]) insert(options[active]);
    else if (key === 'Enter' && !event.nativeEvent.isComposing)
      insertText(event.currentTarget, nextLine(event.currentTarget));
    else return;
    event.preventDefault();
  };
  return (
    <div className={looks.halves}>
      <Stack gap="xs">
        <div className={looks.frame} data-wrong={faults.length > 0 || undefined}>
          <Numbers count={text.split('\n').length} wrong={faults.map(({ line }) => line).join()} gutter={gutter} />
          <textarea
            ref={field}
            className={looks.text}
            aria-label={label}
            aria-describedby={`${id}-help ${id}-faults`}
            aria-invalid={faults.length > 0}
            aria-autocomplete="list"
            {...(options.length > 0 && { 'aria-controls': `${id}-options` })}
            {...(active !== null && { 'aria-activedescendant': `${id}-${active}` })}
            spellCheck={false}
            autoCapitalize="off"
            autoCorrect="off"
            wrap="off"
            value={text}
            onChange={(event) => {
              onChange(event.currentTarget.value);
              follow();
            }}
            onSelect={follow}
            onKeyDown={press}
            onBlur={() => setChosen(null)}
            onScroll={({ currentTarget }) => {
              if (gutter.current) gutter.current.scrollTop = currentTarget.scrollTop;
            }}
          />
        </div>
        <Text size="xs" className="quiet" id={`${id}-help`}>
          YAML or JSON. Ctrl+Space: choose what to write here. Tab leaves the field.
        </Text>
        <div id={`${id}-faults`} role="status">
          <Faults faults={faults} onGoTo={goTo} />
        </div>
      </Stack>
      <Card withBorder padding="sm" component="section" aria-label="At the cursor">
        <Text size="sm" fw={650}>
          {here.title || here.path || 'Fields'}
        </Text>
        {here.title !== '' && here.path !== '' && (
          <Text size="xs" className="quiet">
            {here.path}
          </Text>
        )}
        {here.description !== '' && (
          <Text size="sm" mt={4}>
            {here.description}
          </Text>
        )}
        {options.length > 0 && (
          <div className={looks.options} role="listbox" id={`${id}-options`} aria-label="What can be written here">
            {options.map((option, at) => (
              <Option
                key={option.label}
                {...{ option, id: `${id}-${at}`, selected: at === active }}
                onChoose={() => insert(option)}
              />
            ))}
          </div>
        )}
        {here.options.length > mostOptions && (
          <Text size="xs" className="quiet" mt={4}>
            {here.options.length - mostOptions} more: type to narrow the list.
          </Text>
        )}
      </Card>
    </div>
  );
}

const lineHeight = 20;
const mostOptions = 16;

interface OptionProps {
  option: Completion;
  id: string;
  selected: boolean;
  onChoose: () => void;
}

function Option({ option: { label, detail, required }, id, selected, onChoose }: OptionProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: by keyboard it is chosen from the text field, which keeps the focus
    // biome-ignore lint/a11y/useFocusableInteractive: aria-activedescendant of the text field names it
    <div
      id={id}
      role="option"
      aria-selected={selected}
      className={looks.option}
      // The text field keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
      onClick={onChoose}
      ref={(item) => {
        if (selected) item?.scrollIntoView({ block: 'nearest' });
      }}
    >
      <code>{label}</code>
      {required && (
        <Text span size="xs" c="var(--state-failed)">
          {' '}
          required
        </Text>
      )}
      {detail !== '' && (
        <Text size="xs" className="quiet" lineClamp={1} title={detail}>
          {detail}
        </Text>
      )}
    </div>
  );
}

interface NumbersProps {
  count: number;
  /** The lines with errors, with commas. */
  wrong: string;
  gutter: RefObject<HTMLPreElement | null>;
}

/** Drawn again only where it changes: a document may have many lines. */
const Numbers = memo(({ count, wrong: lines, gutter }: NumbersProps) => {
  const wrong = new Set(lines.split(',').map(Number));
  return (
    <pre ref={gutter} className={looks.numbers} aria-hidden>
      {Array.from({ length: count }, (_, i) => i + 1).map((line) => (
        <span key={line} className={wrong.has(line) ? looks.wrong : undefined}>
          {wrong.has(line) ? `✕ ${line}` : line}
          {'\n'}
        </span>
      ))}
      {/* As much room below as the scroll bar of the text takes. */}
      {'\n\n'}
    </pre>
  );
});

function Faults({ faults, onGoTo }: { faults: readonly Fault[]; onGoTo: (line: number) => void }) {
  if (faults.length === 0) return null;
  const more = faults.length - mostFaults;
  return (
    <>
      <Text size="sm" fw={600} c="var(--state-failed)">
        {faults.length === 1 ? '1 error' : `${faults.length.toLocaleString('en')} errors`}
      </Text>
      <ul className={looks.faults}>
        {faults.slice(0, mostFaults).map(({ line, path, message }) => (
          <li key={`${line} ${path} ${message}`}>
            <UnstyledButton className={looks.fault} onClick={() => onGoTo(line)}>
              <span className="numbers">Line {line.toLocaleString('en')}</span>
              <span>
                {path !== '' && <code>{path}</code>} {message}
              </span>
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Text size="xs" className="quiet">
          and {more.toLocaleString('en')} more
        </Text>
      )}
    </>
  );
}

const mostFaults = 20;

/** A line break, with the indentation of the line, and deeper behind a name without a value. */
function nextLine({ value, selectionStart }: HTMLTextAreaElement): string {
  const line = value.slice(value.lastIndexOf('\n', selectionStart - 1) + 1, selectionStart);
  const [, spaces = '', dash = ''] = /^( *)(- +)?/.exec(line) ?? [];
  const inside = ' '.repeat(spaces.length + dash.length);
  return `\n${inside}${/:\s*$/.test(line) ? '  ' : ''}`;
}

function startOfLine(text: string, line: number): number {
  return text
    .split('\n')
    .slice(0, line - 1)
    .reduce((sum, one) => sum + one.length + 1, 0);
}
