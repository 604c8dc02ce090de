/**
 * Loaded before a service by scripts/bootstrap.mjs (`node --import`). Ends this process at once when the one that started
 * it is gone: a kill -9 of npm can be passed on by nobody, and would leave a service that nobody knows of.
 */
const parent = Number(process.env.KEYFERRY_PARENT_PID);
delete process.env.KEYFERRY_PARENT_PID;

if (parent > 1 && process.platform !== 'win32') {
  setInterval(() => {
    if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
  }, 250).unref();
}
