import { Text } from '@mantine/core';
import { IconAlertTriangle, IconClockPause, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import looks from './notice.module.css';

/** `calm`: to know. `waits`: it goes on once something has happened. `broken`: somebody has to do something. */
export type Tone = 'calm' | 'waits' | 'broken';

const icons = { calm: IconInfoCircle, waits: IconClockPause, broken: IconAlertTriangle };

interface NoticeProps {
  tone: Tone;
  title: string;
  /** It answers what somebody has just done: they hear it at once. */
  answers?: boolean;
  children?: ReactNode;
}

export function Notice({ tone, title, answers = false, children }: NoticeProps) {
  const Icon = icons[tone];
  return (
    <section className={looks.notice} data-tone={tone} aria-label={title} {...(answers && { role: 'alert' })}>
      <Icon size={20} stroke={1.8} className={looks.icon} aria-hidden />
      <div>
        <Text size="sm" fw={650}>
          {title}
        </Text>
        {children}
      </div>
    </section>
  );
}
