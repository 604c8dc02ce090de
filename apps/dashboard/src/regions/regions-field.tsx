import { MultiSelect } from '@mantine/core';
import { regionInFull, regionsByPart } from './region-names.ts';

interface RegionsFieldProps {
  label: string;
  description: string;
  value: readonly string[];
  onChange: (regions: string[]) => void;
  error?: string | undefined;
}

/** Some Regions, found by name or place; empty: all. */
export function RegionsField({ label, description, value, onChange, error }: RegionsFieldProps) {
  return (
    <MultiSelect
      label={label}
      description={description}
      placeholder={value.length === 0 ? 'All Regions' : ''}
      searchable
      openOnFocus={false}
      clearable
      hidePickedOptions
      nothingFoundMessage="No Region of this name is known"
      data={regionsByPart.map(({ part, regions }) => ({
        group: part,
        items: Object.keys(regions).map((region) => ({ value: region, label: regionInFull(region) })),
      }))}
      value={[...value]}
      onChange={onChange}
      error={error}
    />
  );
}
