import { editDistance } from '../text/edit-distance.ts';

/**
 * AWS Regions with a KMS endpoint, as data: partition → Region → whether an account must opt in first.
 * Source: AWS SDK `partitions.json`/`endpoints.json` and
 * https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html (Regions launched after
 * 20 March 2019 are opt-in). A new Region is added here and nowhere else.
 */
export interface Region {
  readonly name: string;
  readonly partition: string;
  /** True when an account must enable the Region before KMS answers there. */
  readonly optIn: boolean;
}

const byPartition: Record<string, { default: string; optIn?: string }> = {
  aws: {
    default:
      'us-east-1 us-east-2 us-west-1 us-west-2 ca-central-1 sa-east-1 eu-central-1 eu-west-1 eu-west-2 eu-west-3 ' +
      'eu-north-1 ap-south-1 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-southeast-1 ap-southeast-2',
    optIn:
      'af-south-1 ap-east-1 ap-east-2 ap-south-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-6 ' +
      'ap-southeast-7 ca-west-1 eu-central-2 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 mx-central-1',
  },
  'aws-cn': { default: 'cn-north-1 cn-northwest-1' },
  'aws-us-gov': { default: 'us-gov-east-1 us-gov-west-1' },
  'aws-eusc': { default: 'eusc-de-east-1' },
  'aws-iso': { default: 'us-iso-east-1 us-iso-west-1' },
  'aws-iso-b': { default: 'us-isob-east-1 us-isob-west-1' },
  'aws-iso-e': { default: 'eu-isoe-west-1' },
  'aws-iso-f': { default: 'us-isof-east-1 us-isof-south-1' },
};

const split = (names: string | undefined): string[] => (names ? names.split(/\s+/) : []);

export const regions: ReadonlyMap<string, Region> = new Map(
  Object.entries(byPartition)
    .flatMap(([partition, names]): Region[] => [
      ...split(names.default).map((name) => ({ name, partition, optIn: false })),
      ...split(names.optIn).map((name) => ({ name, partition, optIn: true })),
    ])
    .map((region) => [region.name, region]),
);

/** The KMS SDK model's pattern for a Region id; also `us-gov-west-1` and `eusc-de-east-1` match. */
export const regionPattern = /^([a-z]+-){2,3}\d+$/;

/** The Regions whose names are nearest to a mistyped one, for the error message. At most three. */
export function similarRegions(name: string): string[] {
  // Nothing that is much longer than a name was meant as one, and comparing it would take long.
  if (name.length > 40) return [];
  const wanted = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const scored = [...regions.keys()].map((region) => ({
    region,
    distance: editDistance(wanted, region.replaceAll('-', '')),
  }));
  return scored
    .filter(({ distance }) => distance <= 3)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ region }) => region);
}
