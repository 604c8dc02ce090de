import type { DrillView, PlanView } from '@keyferry/core';
import { Radio, Stack } from '@mantine/core';
import { useState } from 'react';
import { keyferry } from '../api/client.ts';
import { counted } from '../display/counted.ts';
import { Effect } from '../display/effect.tsx';
import { AskFirst } from './ask-first.tsx';
import { effectOfAbort, promoted } from './effect-of.ts';

/** Ends the drill; where keys were promoted one says what becomes of them. */
export function Abort({ drill, plan, onClose }: { drill: DrillView; plan: PlanView | null; onClose: () => void }) {
  const moved = promoted(drill);
  const [rollback, setRollback] = useState(false);
  return (
    <AskFirst
      {...{ drill, onClose }}
      grave
      label={rollback ? 'Abort and fail back' : 'Abort the drill'}
      act={() => keyferry.abortDrill(drill.id, { rollback })}
    >
      {moved > 0 && (
        <Radio.Group
          label={`What becomes of the ${counted(moved, 'promoted key')}`}
          value={rollback ? 'back' : 'stay'}
          onChange={(value) => setRollback(value === 'back')}
        >
          <Stack gap={6} mt={6}>
            <Radio value="stay" label="They stay where their primary is now" />
            <Radio value="back" label="They are moved back to where the primary was" />
          </Stack>
        </Radio.Group>
      )}
      <Effect lines={effectOfAbort(drill, plan, rollback)} />
    </AskFirst>
  );
}
