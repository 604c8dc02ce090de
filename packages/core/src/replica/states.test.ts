import { expect, test } from 'vitest';
import {
  calledReplicaStates,
  inFlightReplicaStates,
  openReplicaStates,
  presentReplicaStates,
  replicaStates,
  terminalReplicaStates,
  unsuccessfulReplicaStates,
  waitingReplicaStates,
} from './states.ts';

test('the groups of states are these', () => {
  expect(terminalReplicaStates).toEqual(['succeeded', 'already_present', 'failed', 'blocked', 'cancelled']);
  expect(unsuccessfulReplicaStates).toEqual(['failed', 'blocked']);
  expect(openReplicaStates).toEqual(['pending', 'queued', 'replicating', 'creating', 'importing']);
  expect(inFlightReplicaStates).toEqual(['queued', 'replicating', 'creating', 'importing']);
  expect(calledReplicaStates).toEqual(['replicating', 'creating', 'importing']);
  expect(waitingReplicaStates).toEqual(['pending', 'queued']);
});

test('every state is in one of the groups, and in one alone', () => {
  const groups = [waitingReplicaStates, calledReplicaStates, presentReplicaStates, unsuccessfulReplicaStates];
  expect([...groups.flat(), 'cancelled'].sort()).toEqual([...replicaStates].sort());
});
