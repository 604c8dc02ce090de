import type { PlanView } from '@keyferry/core';
import { SpecText } from '../spec/spec-text.tsx';

/** The plan as it was submitted, to read, to copy and to submit again. */
export default function Spec({ plan }: { plan: PlanView }) {
  return (
    <SpecText
      spec={plan.spec}
      name={plan.name}
      sha256={plan.spec_sha256}
      note="As submitted, with every default and with the limits that are in force now."
    />
  );
}
