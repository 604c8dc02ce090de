#!/usr/bin/env node
import { reportError } from './report-error.ts';
import { runCli } from './run-cli.ts';

// A reader that has had enough, as `head`, is no fault; a full disk behind standard output is one, of one line.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  process.exit(reportError(error, { json: false, command: null }));
});
process.exitCode = await runCli(process.argv.slice(2), process.env);
