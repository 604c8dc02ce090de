import { ProblemError } from '@keyferry/client';
import { notifications } from '@mantine/notifications';
import { unknownOutcome } from '../api/no-answer.ts';

/** Reports beside the page what became of a command that has no dialog: `refused` is the title where the API refused it. */
export function showCommandError(error: Error, refused: string): void {
  notifications.show(
    error instanceof ProblemError
      ? { color: 'red', title: refused, message: error.message }
      : { color: 'orange', title: 'Outcome unknown', message: unknownOutcome(error) },
  );
}
