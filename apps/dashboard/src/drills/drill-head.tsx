import { type DrillView, visibleLine, visibleText } from '@keyferry/core';
import { Anchor, Group, Stack, Text, VisuallyHidden } from '@mantine/core';
import { Link } from 'wouter';
import { DrillStateBadge, ModeBadge } from '../display/badges.tsx';
import { LiveMark } from '../display/live-mark.tsx';
import { PageHead } from '../display/page-head.tsx';
import { Time } from '../display/time.tsx';
import { drillLooks } from '../states/drill-states.ts';
import { DrillControls } from './drill-controls.tsx';

/** Which drill it is, how it stands, and what can be done with it. */
export function DrillHead({ drill, live }: { drill: DrillView; live: boolean }) {
  const { name, scenario, state, mode, created_by, declared_at, finished_at, change_ticket } = drill;
  const { label } = drillLooks[state];
  return (
    <>
      <Anchor component={Link} href="/drills" size="xs" className="quiet">
        ← All drills
      </Anchor>
      <PageHead
        title={name}
        tab={`${label} · ${name}`}
        below={
          <Stack gap={4}>
            <Text size="sm">{visibleText(scenario)}</Text>
            <Group gap="4px 14px">
              <DrillStateBadge state={state} />
              <ModeBadge mode={mode} />
              {finished_at === null && <LiveMark live={live} />}
              <VisuallyHidden role="status">The drill is {label}</VisuallyHidden>
              <Text size="sm">
                <span className="quiet">by</span> {visibleLine(created_by)}
              </Text>
              {change_ticket && (
                <Text size="sm">
                  <span className="quiet">ticket</span> {visibleLine(change_ticket)}
                </Text>
              )}
              <Text size="sm">
                <span className="quiet">declared</span> <Time at={declared_at} />
              </Text>
              {finished_at && (
                <Text size="sm">
                  <span className="quiet">closed</span> <Time at={finished_at} />
                </Text>
              )}
            </Group>
          </Stack>
        }
      >
        <DrillControls drill={drill} />
      </PageHead>
    </>
  );
}
