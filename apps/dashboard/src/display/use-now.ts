import { useEffect, useState } from 'react';

/** The time, a second at a time, as long as `runs`. */
export function useNow(runs: boolean): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    if (!runs) return;
    const timer = setInterval(() => setNow(new Date()), 1_000);
    return () => clearInterval(timer);
  }, [runs]);
  return now;
}
