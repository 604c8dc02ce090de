import { type CoverageCheckView, coverageStates, coveredPercent } from '@keyferry/core';
import { Card, Stack, Text } from '@mantine/core';
import { Link, useSearchParams } from 'wouter';
import { withLocalTimes } from '../display/local-time.ts';
import { Notice } from '../display/notice.tsx';
import { StatesBar } from '../display/states-bar.tsx';
import { Time } from '../display/time.tsx';
import { regionInFull, regionName } from '../regions/region-names.ts';
import {
  coverageInWords,
  coverageLooks,
  coverageParts,
  gapsInWords,
  gapsOf,
  percent,
} from '../states/coverage-states.ts';
import { StateGlyph } from '../states/state-look.tsx';
import looks from './check-summary.module.css';

/** What a check found: in one number, by state and by Region; each leads to the gaps behind it, below `at`. */
export function CheckSummary({ check, at }: { check: CoverageCheckView; at: string }) {
  const { counts, covered_percent: share, keys } = check;
  const [search] = useSearchParams();
  if (!counts || share === null) {
    return (
      <Card withBorder>
        <Text fw={600}>No matching keys</Text>
        <Text size="sm" className="quiet">
          A check without keys proves nothing and does not pass. Check that CCKM lists the keys and that the policy
          names them as CCKM does.
        </Text>
      </Card>
    );
  }
  const gaps = (filter: Record<string, string>) => `${at}/gaps?${new URLSearchParams(filter)}`;
  return (
    <Card withBorder padding={0}>
      <Stack gap="sm" p="md">
        <div className={looks.head}>
          <b className={`${looks.share} numbers`}>{percent(share)}</b>
          <Text fw={600} className="numbers" span>
            {check.passed
              ? `covered: all ${counts.total.toLocaleString('en')} key × Region`
              : `covered: ${counts.covered.toLocaleString('en')} of ${counts.total.toLocaleString('en')} key × Region, ${gapsOf(counts).toLocaleString('en')} are not`}
          </Text>
          <Text size="sm" className="quiet numbers" span>
            {keys?.toLocaleString('en')} keys × {check.regions.length} Regions
            {check.proof && ', every one read back from AWS and its key material compared'}
          </Text>
        </div>
        <StatesBar parts={coverageParts(counts)} words={coverageInWords(counts)} size={14} />
        <nav className={looks.states} aria-label="Gaps by state">
          {coverageStates
            .filter((state) => state !== 'covered' && counts[state] > 0)
            .map((state) => {
              const chosen = search.get('state') === state;
              return (
                <Link
                  key={state}
                  href={chosen ? `${at}/gaps` : gaps({ state })}
                  className={looks.state}
                  aria-current={chosen || undefined}
                  title={coverageLooks[state].meaning}
                >
                  <StateGlyph look={coverageLooks[state]} />
                  {coverageLooks[state].label}
                  <b className="numbers">{counts[state].toLocaleString('en')}</b>
                </Link>
              );
            })}
        </nav>
      </Stack>
      <ul className={looks.regions} aria-label="Regions">
        {check.by_region.map(({ region, counts: here }) => (
          <li key={region} className={looks.region}>
            <Text size="sm" fw={600}>
              {region}
            </Text>
            <Text size="xs" className="quiet">
              {regionName(region)}
            </Text>
            <div className={looks.line}>
              <b className="numbers">{here.total === 0 ? '–' : percent(coveredPercent(here) ?? 0)}</b>
              <Text size="xs" span className="quiet numbers">
                {here.covered.toLocaleString('en')} of {here.total.toLocaleString('en')}
              </Text>
            </div>
            <StatesBar
              parts={coverageParts(here)}
              words={`${regionInFull(region)}: ${coverageInWords(here) || 'nothing required here'}`}
              size={6}
            />
            {gapsOf(here) > 0 && (
              <Link href={gaps({ region })} className={looks.gaps}>
                {gapsInWords(here)}
              </Link>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Why a check has not been made, or what it waits for; `older`: what is shown beside it is of the check before. */
export function CheckProblem({ check, older = false }: { check: CoverageCheckView; older?: boolean }) {
  if (check.state === 'failed') {
    return (
      <Notice tone="broken" title="The newest check failed">
        <Text size="sm">
          {withLocalTimes(check.error?.message ?? 'The cause is unknown.')}{' '}
          {older && 'The results shown are from the check before it.'} Requested by {check.requested_by},{' '}
          <Time at={check.requested_at} />.
        </Text>
      </Notice>
    );
  }
  if (check.state === 'done') return null;
  return (
    <Notice tone="calm" title={check.state === 'pending' ? 'The check waits for a worker' : 'Reading CCKM'}>
      {check.reason && <Text size="sm">{withLocalTimes(check.reason)}</Text>}
    </Notice>
  );
}
