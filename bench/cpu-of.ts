import { readdirSync, readFileSync } from 'node:fs';

const parts = {
  Postgres: /postgres/,
  Redis: /redis-server|valkey-server/,
  worker: /apps\/worker\//,
  API: /apps\/api\//,
  CCKM: /light-cckm/,
  viewers: /matrix-viewers/,
} as const;

export type Part = keyof typeof parts;
export type CpuSeconds = Readonly<Record<Part, number>>;

/**
 * Seconds of CPU that the processes below this one have used until now, by what they are. Servers in containers are not
 * counted. Works on Linux only.
 */
export function readCpu(): CpuSeconds {
  const processes = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => readProcess(Number(pid)) ?? []);
  const below = new Set([process.pid]);
  for (let size = 0; size !== below.size; ) {
    size = below.size;
    for (const { pid, parent } of processes) if (below.has(parent)) below.add(pid);
  }
  const ours = processes.filter(({ pid }) => below.has(pid) && pid !== process.pid);
  const sum = (pattern: RegExp) =>
    ours.filter(({ command }) => pattern.test(command)).reduce((total, { seconds }) => total + seconds, 0);
  return Object.fromEntries(Object.entries(parts).map(([part, pattern]) => [part, sum(pattern)])) as CpuSeconds;
}

/** Null: it ended meanwhile. */
function readProcess(pid: number) {
  try {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const ticks = (from: number, to: number) =>
      fields.slice(from, to).reduce((total, field) => total + Number(field), 0);
    // A server of Postgres counts its sessions that have ended.
    return { pid, parent: Number(fields[1]), command, seconds: ticks(11, 15) / 100 };
  } catch {
    return null;
  }
}
