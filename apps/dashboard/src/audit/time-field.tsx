import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { localOf, timeIn } from './audit-choice.ts';

interface TimeFieldProps {
  label: string;
  /** RFC 3339; empty: none. */
  value: string;
  onChange: (next: string) => void;
}

/** A time in the reader's zone. It counts when the field is left or Enter is pressed: while a year is typed, it is another one. */
export function TimeField({ label, value, onChange }: TimeFieldProps) {
  const [text, setText] = useState(() => localOf(value));
  useEffect(() => setText(localOf(value)), [value]);
  const settle = () => {
    if (timeIn(text) !== value) onChange(timeIn(text));
  };
  return (
    <TextInput
      type="datetime-local"
      label={label}
      value={text}
      onChange={({ currentTarget }) => setText(currentTarget.value)}
      onBlur={settle}
      onKeyDown={({ key }) => {
        if (key === 'Enter') settle();
      }}
    />
  );
}
