import { countOf, durationInWords, type ErrorCode, errorRule, type OverviewView } from '@keyferry/core';
import { SimpleGrid, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Time } from '../display/time.tsx';
import looks from './overview.module.css';

/** How many workers are named; more are counted. */
const named = 3;

/** What Keyferry depends on: CCKM, Postgres, the queue and the workers. */
export function Parts({ overview }: { overview: OverviewView }) {
  return (
    <SimpleGrid cols={{ base: 2, lg: 4 }} spacing={{ base: 'xs', sm: 'md' }}>
      <Cckm cckm={overview.cckm} />
      <Workers workers={overview.workers} />
      <Queue queue={overview.queue} />
      <Part name="Postgres" well={overview.postgres.answers} word={overview.postgres.answers ? 'Up' : 'Down'}>
        Read in {overview.postgres.milliseconds.toLocaleString('en')} ms at <Time at={overview.at} />
      </Part>
    </SimpleGrid>
  );
}

function Cckm({ cckm }: { cckm: OverviewView['cckm'] }) {
  const { circuit, since, reason, last_success_at, last_failure } = cckm;
  const title = reason === null ? null : (errorRule(reason as ErrorCode)?.title ?? reason);
  const word = circuit === 'closed' ? 'Up' : cckmDownInWords(circuit, reason);
  return (
    <Part name="CCKM" well={circuit === 'closed'} word={word}>
      {since !== null && (
        <div>
          Since <Time at={since} />. {title}
        </div>
      )}
      <div>
        {last_success_at === null ? (
          'No successful call lately'
        ) : (
          <>
            Last success <Time at={last_success_at} />
          </>
        )}
      </div>
      {last_failure && (
        <div>
          Last failure <Time at={last_failure.at} />, {last_failure.code}
        </div>
      )}
    </Part>
  );
}

function cckmDownInWords(circuit: 'open' | 'half_open', reason: string | null): string {
  if (reason === 'cckm_login_refused') return 'Login refused';
  return circuit === 'open' ? 'Circuit open' : 'Probing';
}

function Workers({ workers }: { workers: OverviewView['workers'] }) {
  const { alive, late, more } = workers;
  const trouble = (worker: (typeof workers.items)[number]) => Number(!worker.alive || worker.late);
  const items = workers.items.toSorted((a, b) => trouble(b) - trouble(a));
  const held = items.reduce((sum, { holds }) => sum + holds, 0);
  const rest = Math.max(0, items.length - named) + more;
  return (
    <Part
      name="Workers"
      well={alive > 0 && late === 0}
      word={`${alive.toLocaleString('en')} alive${late > 0 ? `, ${late.toLocaleString('en')} late` : ''}`}
    >
      {items.length > 1 && <div>{countOf(held, 'replica')} in flight</div>}
      {items.slice(0, named).map(({ id, host, pid, alive: lives, holds, cckm_error, ...beat }) => (
        <div key={id}>
          {host} {pid}
          {lives ? (
            <>
              : {holds.toLocaleString('en')} in flight, {beat.late && <b>late: </b>}heartbeat{' '}
              {durationInWords(beat.heartbeat_age_seconds)} ago
              {cckm_error !== null && <b>, login refused</b>}
            </>
          ) : (
            <>
              : gone since <Time at={beat.last_heartbeat_at} />
            </>
          )}
        </div>
      ))}
      {rest > 0 && <div>and {rest.toLocaleString('en')} more</div>}
    </Part>
  );
}

function Queue({ queue }: { queue: OverviewView['queue'] }) {
  const { engine, answers, depth, refuses_writes: refuses } = queue;
  const well = answers && !refuses;
  const busy = Object.entries(depth ?? {}).filter(([, { waiting, active }]) => waiting + active > 0);
  return (
    <Part
      name={`Queue on ${engine === 'redis' ? 'Redis' : 'Postgres'}`}
      well={well}
      word={refuses ? 'Refuses writes' : answers ? 'Up' : 'Down'}
    >
      {refuses && <div>{refuses}</div>}
      {!well && <div>No new calls start until it is up</div>}
      {well && busy.length === 0 && <div>No jobs waiting</div>}
      {busy.map(([name, { waiting, active }]) => (
        <div key={name}>
          {name}: {waiting.toLocaleString('en')} waiting, {active.toLocaleString('en')} active
        </div>
      ))}
    </Part>
  );
}

function Part({ name, well, word, children }: { name: string; well: boolean; word: string; children: ReactNode }) {
  return (
    <section className={looks.part} aria-label={name}>
      <Text size="xs" className="quiet">
        {name}
      </Text>
      <div className={looks.word} data-well={well}>
        <span aria-hidden>{well ? '●' : '✕'}</span> {word}
      </div>
      <div className={`${looks.more} quiet numbers`}>{children}</div>
    </section>
  );
}
