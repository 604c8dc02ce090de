import type { CoveragePolicyView } from '@keyferry/core';
import { SpecText } from '../spec/spec-text.tsx';

/** The policy as it was put, to read, to copy and to apply again. */
export default function PolicySpec({ policy }: { policy: CoveragePolicyView }) {
  return (
    <SpecText
      spec={policy.spec}
      name={policy.name}
      sha256={policy.spec_sha256}
      note="As applied, with every default. To change it: keyferry coverage apply -f."
    />
  );
}
