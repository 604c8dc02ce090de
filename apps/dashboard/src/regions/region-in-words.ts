import { regionName } from './region-names.ts';

/** `eu-west-1 (Ireland)`. */
export function regionInFull(region: string): string {
  const place = regionName(region);
  return place === '' ? region : `${region} (${place})`;
}

const directions: Readonly<Record<string, string>> = {
  north: 'n',
  south: 's',
  east: 'e',
  west: 'w',
  central: 'c',
  northeast: 'ne',
  northwest: 'nw',
  southeast: 'se',
  southwest: 'sw',
  gov: 'g',
};

/** As AWS shortens Regions in its bills, `euw1` for `eu-west-1`: where there is no room for more. */
export function regionInShort(region: string): string {
  const [area, ...rest] = region.split('-');
  return `${area}${rest.map((part) => directions[part] ?? part).join('')}`;
}
