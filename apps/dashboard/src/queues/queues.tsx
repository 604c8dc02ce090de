import { useComputedColorScheme } from '@mantine/core';
import { useParams } from 'wouter';
import { PageHead } from '../display/page-head.tsx';
import looks from './queues.module.css';

/** BullMQ's queues, in Bull Board, which the API serves below an address of its own. The rest of the address is of the board. */
export default function Queues() {
  const { '*': inBoard = '' } = useParams<{ '*': string }>();
  const colorScheme = useComputedColorScheme('light');
  return (
    <>
      <PageHead title="Queues" />
      <iframe title="Bull Board" src={`/queues/board/${inBoard}`} className={looks.board} style={{ colorScheme }} />
    </>
  );
}
