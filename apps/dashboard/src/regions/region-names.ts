interface Part {
  readonly part: string;
  /** Outside the partition `aws`, which is where nearly everybody is. */
  readonly apart?: true;
  readonly regions: Readonly<Record<string, string>>;
}

/** What people call the Regions: place by Region, under the part of the world that they are looked for in. */
export const regionsByPart: readonly Part[] = [
  {
    part: 'Europe',
    regions: {
      'eu-central-1': 'Frankfurt',
      'eu-central-2': 'Zurich',
      'eu-west-1': 'Ireland',
      'eu-west-2': 'London',
      'eu-west-3': 'Paris',
      'eu-north-1': 'Stockholm',
      'eu-south-1': 'Milan',
      'eu-south-2': 'Spain',
    },
  },
  {
    part: 'North America',
    regions: {
      'us-east-1': 'N. Virginia',
      'us-east-2': 'Ohio',
      'us-west-1': 'N. California',
      'us-west-2': 'Oregon',
      'ca-central-1': 'Montreal',
      'ca-west-1': 'Calgary',
      'mx-central-1': 'Mexico',
    },
  },
  { part: 'South America', regions: { 'sa-east-1': 'São Paulo' } },
  {
    part: 'Asia Pacific',
    regions: {
      'ap-south-1': 'Mumbai',
      'ap-south-2': 'Hyderabad',
      'ap-southeast-1': 'Singapore',
      'ap-southeast-2': 'Sydney',
      'ap-southeast-3': 'Jakarta',
      'ap-southeast-4': 'Melbourne',
      'ap-southeast-5': 'Malaysia',
      'ap-southeast-6': 'New Zealand',
      'ap-southeast-7': 'Thailand',
      'ap-northeast-1': 'Tokyo',
      'ap-northeast-2': 'Seoul',
      'ap-northeast-3': 'Osaka',
      'ap-east-1': 'Hong Kong',
      'ap-east-2': 'Taipei',
    },
  },
  {
    part: 'Middle East and Africa',
    regions: {
      'il-central-1': 'Tel Aviv',
      'me-central-1': 'UAE',
      'me-south-1': 'Bahrain',
      'af-south-1': 'Cape Town',
    },
  },
  { part: 'China', apart: true, regions: { 'cn-north-1': 'Beijing', 'cn-northwest-1': 'Ningxia' } },
  { part: 'AWS GovCloud', apart: true, regions: { 'us-gov-east-1': 'US-East', 'us-gov-west-1': 'US-West' } },
  { part: 'European Sovereign Cloud', apart: true, regions: { 'eusc-de-east-1': 'Brandenburg' } },
  {
    part: 'Isolated',
    apart: true,
    regions: {
      'us-iso-east-1': 'US ISO East',
      'us-iso-west-1': 'US ISO West',
      'us-isob-east-1': 'US ISOB East',
      'us-isob-west-1': 'US ISOB West',
      'eu-isoe-west-1': 'EU ISOE West',
      'us-isof-east-1': 'US ISOF East',
      'us-isof-south-1': 'US ISOF South',
    },
  },
];

const names = new Map(regionsByPart.flatMap(({ regions }) => Object.entries(regions)));

/** The place of a Region; of one that is not known here, nothing. */
export function regionName(region: string): string {
  return names.get(region) ?? '';
}

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
