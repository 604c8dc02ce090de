import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum, type SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import type pg from 'pg';

/**
 * Prisma's Postgres adapter with its gaps closed, as the schema engine needs it (seen in 7.10.0): it has no case for the catalogue type "char" (oid 18), and it runs a script by splitting it at every ";", which
 * cuts the bodies of functions in pieces.
 */

type Adapter = Awaited<ReturnType<PrismaPg['connect']>>;
interface PatchableAdapter {
  performIO(query: unknown): Promise<{ fields: { dataTypeID: number }[]; rows: unknown[] }>;
  underlyingDriver(): pg.Pool;
}

const charOid = 18;
const textOid = 25;

export function schemaAdapterFactory(databaseUrl: string): SqlMigrationAwareDriverAdapterFactory {
  const factory = new PrismaPg({ connectionString: databaseUrl });
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => closeGaps(await factory.connect()),
    connectToShadowDb: async () => closeGaps(await factory.connectToShadowDb()),
  };
}

function closeGaps(adapter: Adapter): Adapter {
  const inner = adapter as unknown as PatchableAdapter;
  const performIO = inner.performIO.bind(adapter);
  const queryRaw = adapter.queryRaw.bind(adapter);
  let charColumns: number[] = [];
  inner.performIO = async (query) => {
    const result = await performIO(query);
    charColumns = result.fields.flatMap((field, i) => (field.dataTypeID === charOid ? [i] : []));
    return {
      ...result,
      fields: result.fields.map((field) => ({
        ...field,
        dataTypeID: field.dataTypeID === charOid ? textOid : field.dataTypeID,
      })),
    };
  };
  return Object.assign(adapter, {
    queryRaw: async (query: Parameters<Adapter['queryRaw']>[0]) => {
      const result = await queryRaw(query);
      for (const column of charColumns) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    },
    executeScript: async (script: string) => {
      await inner.underlyingDriver().query(script);
    },
  });
}
