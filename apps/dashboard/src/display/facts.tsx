import { Fragment, type ReactNode } from 'react';
import looks from './facts.module.css';

interface FactsProps {
  /** By name; what there is nothing to tell of is false. */
  facts: readonly (readonly [string, ReactNode] | false)[];
}

/** What is known, by name. */
export function Facts({ facts }: FactsProps) {
  return (
    <dl className={`${looks.facts} numbers`}>
      {facts.map(
        (fact) =>
          fact && (
            <Fragment key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </Fragment>
          ),
      )}
    </dl>
  );
}
