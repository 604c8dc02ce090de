import type { DecisionLine, DecisionSection } from '@keyferry/core';
import { Code, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import looks from './decision.module.css';
import { withLocalTimes } from './local-time.ts';

/** What is decided, in words, as whoever decides has to read it: the same that the CLI shows. */
export function Decision({ sections }: { sections: readonly DecisionSection[] }) {
  return (
    <div className={looks.decision}>
      {sections.map(({ title, lines }) => (
        <section key={title} aria-label={title}>
          <Text component="h3" size="sm" fw={650}>
            {title}
          </Text>
          <dl className={`${looks.facts} numbers`}>
            {lines.map((line, at) => (
              <Fact key={at} line={line} repeats={lines[at - 1]?.label === line.label} />
            ))}
          </dl>
        </section>
      ))}
    </div>
  );
}

/** A line; `repeats`: it has the label of the one before, which is not said again. */
function Fact({ line: { label, said, warns, document }, repeats }: { line: DecisionLine; repeats: boolean }) {
  if (document) {
    return (
      <>
        <dt className={looks.wide}>{label}</dt>
        <dd className={looks.wide}>
          <Code block className={looks.document}>
            {said.join('\n')}
          </Code>
        </dd>
      </>
    );
  }
  return (
    <>
      <dt>{repeats ? '' : label}</dt>
      <dd className={[label === '' ? looks.wide : repeats ? looks.beside : '', warns ? looks.warns : ''].join(' ')}>
        {said.map((text, at) => (
          <p key={at}>
            {warns && at === 0 && <IconAlertTriangle size={16} className={looks.mark} aria-label="Look twice" />}
            {withLocalTimes(text)}
          </p>
        ))}
      </dd>
    </>
  );
}
