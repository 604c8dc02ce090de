import { Box, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../api/caller.ts';
import { overviewQuery } from '../api/health.ts';
import { Notice } from '../display/notice.tsx';
import { OpenCircuit, ResetCircuit } from './open-circuit.tsx';

const titles = {
  open: 'The circuit of CCKM is open: nothing is called in any lane until a probe succeeds',
  half_open: 'The circuit of CCKM is half open: the next probe decides whether lanes are called again',
};

/** That CCKM itself is not called, to callers who may know: then no lane is. The health, which is read anyhow, says so. */
export function CckmCircuit() {
  const may = useMay()('GET /v1/overview');
  const { data } = useQuery({ ...overviewQuery, enabled: may });
  const cckm = data?.cckm;
  if (!cckm || cckm.circuit === 'closed' || cckm.since === null) return null;
  return (
    <Box mb="md">
      <Notice tone="broken" title={titles[cckm.circuit]}>
        <Text size="sm">
          <OpenCircuit since={cckm.since} reason={cckm.reason} />
        </Text>
        <ResetCircuit id="cckm" of="All calls of CCKM" pending={0} changes={['overview']} />
      </Notice>
    </Box>
  );
}
