import { useFavicon } from '@mantine/hooks';
import { useHealth } from '../api/health.ts';
import { healthLooks } from '../states/healths.ts';

/** Shows the verdict on the installation in the browser's tab. */
export function TabMark() {
  const health = useHealth();
  useFavicon(healthLooks[health ?? 'ok'].icon);
  return null;
}
